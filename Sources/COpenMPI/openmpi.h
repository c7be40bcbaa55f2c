// Deliberately empty: this module carries pkg-config's flags for MPI: Open MPI's, unless DIST_VMC_MPI names another.
// mpi.h itself is included by CMPI's .c file only, so that the Swift side
// compiles unchanged against any MPI.
