import Foundation

exit(LeptonTool.run(Array(CommandLine.arguments.dropFirst())))
