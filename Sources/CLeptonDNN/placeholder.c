#include "lepton_dnn.h"
