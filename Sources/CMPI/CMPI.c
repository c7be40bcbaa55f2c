#include "CMPI.h"
#include <mpi.h>
int cmpi_max_error_string(void) { return MPI_MAX_ERROR_STRING; }
