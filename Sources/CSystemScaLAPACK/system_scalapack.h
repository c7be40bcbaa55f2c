// Deliberately empty: this module carries pkg-config's flags for ScaLAPACK, whose library is named
// after the MPI it was built for and comes without headers. CScaLAPACK's .c file declares what it calls.
