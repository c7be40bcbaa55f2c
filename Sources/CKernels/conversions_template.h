// Conversions for one precision.

CK_CLONES static void REAL(ck_spins_to)(const int8_t *s, R *x, long n) {
  CK_INDEPENDENT
  for (long i = 0; i < n; i++) x[i] = s[i];
}
