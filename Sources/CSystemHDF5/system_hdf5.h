// Deliberately empty: this module carries pkg-config's flags for HDF5. hdf5.h is included by
// CHDF5's .c file only (its type constants are macros that Swift cannot read).
