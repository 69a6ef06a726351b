// Who writes `import Lepton` has tensors' values and the model at hand as well.
@_exported public import LeptonGraph
@_exported public import LeptonValues
