#include "lepton_plan.h"
