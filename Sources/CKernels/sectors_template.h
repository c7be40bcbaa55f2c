// Configurations in a sector of fixed magnetisation, for one precision.

// Each spin's entry depends on all before it: nothing to vectorise, nothing to clone.
static void REAL(ck_free_sites)(const R *s, R *y, long rows, long sites, long up_spins) {
  for (long r = 0; r < rows; r++, s += sites, y += sites) {
    long up = up_spins, down = sites - up_spins;
    for (long i = 0; i < sites; i++) {
      y[i] = up > 0 && down > 0;
      up -= s[i] > 0;
      down -= s[i] <= 0;
    }
  }
}
