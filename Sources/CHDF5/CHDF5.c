#include "CHDF5.h"
#include <hdf5.h>
int chdf5_open_library(void) { return H5open(); }
