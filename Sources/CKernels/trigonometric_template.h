// Sines, cosines and arctangents for one precision.

/// Sine and cosine of an angle within ±1e5, and the multiple of π nearest to it. The multiple is
/// consistent with the cosine: angle − half_turns has the cosine |cosine|.
CK_INLINE void REAL(sine_and_cosine)(R angle, R *sine, R *cosine, R *half_turns) {
  // In double for both precisions: with 33 bits each of the leading parts of π/2, the products with the
  // number of quarter turns are exact and the remainder is accurate also next to a multiple of π/2.
  const double shifted = angle * 0.6366197723675814 + 0x1.8p52;
  const double quarters = shifted - 0x1.8p52;
  const double remainder =
      ((angle - quarters * 1.5707963267341256) - quarters * 6.077100506303966e-11) - quarters * 2.0222662487959506e-21;
  uint64_t shifted_bits;
  __builtin_memcpy(&shifted_bits, &shifted, sizeof shifted_bits);
  const UNSIGNED quadrant = (UNSIGNED)shifted_bits;

  const R r = (R)remainder;
  const R w = r * r;
  const R s = r + r * w * REAL(sine_tail)(w);
  const R c = ((R)1 - (R)0.5 * w) + w * w * REAL(cosine_tail)(w);
  const int odd = (quadrant & 1) != 0;
  const UNSIGNED top = sizeof(R) * 8 - 2;
  *sine = REAL(from_bits)(REAL(to_bits)(odd ? c : s) ^ ((quadrant & 2) << top));
  *cosine = REAL(from_bits)(REAL(to_bits)(odd ? s : c) ^ (((quadrant + 1) & 2) << top));
  *half_turns = ((R)quarters + (odd ? COPYSIGN((R)1, r) : (R)0)) * (R)1.5707963267948966;
}

/// The same far out, where reduction takes more digits of π.
static __attribute__((noinline)) void REAL(sine_and_cosine_far)(R angle, R *sine, R *cosine, R *half_turns) {
  const double s = sin(angle), c = cos(angle);
  *sine = (R)s;
  *cosine = (R)c;
  *half_turns = (R)(angle - (c < 0 ? atan2(-s, -c) : atan2(s, c)));
}

CK_INLINE void REAL(sines_and_cosines)(const R *angle, R *sine, R *cosine, R *half_turns, long count) {
  CK_INDEPENDENT
  for (long i = 0; i < count; i++) REAL(sine_and_cosine)(angle[i], sine + i, cosine + i, half_turns + i);
  SIGNED far = 0;
  for (long i = 0; i < count; i++) far |= !(FABS(angle[i]) <= (R)1e5);
  if (far)
    for (long i = 0; i < count; i++)
      if (!(FABS(angle[i]) <= (R)1e5)) REAL(sine_and_cosine_far)(angle[i], sine + i, cosine + i, half_turns + i);
}

/// The angle of the point (x, y) with x ≥ 0, within ±π/2.
CK_INLINE R REAL(angle_of)(R y, R x) {
  const R height = FABS(y);
  const R smaller = height < x ? height : x, larger = height < x ? x : height;
  // arctan(q) = π/4 + arctan((q − 1)/(q + 1)) brings the argument within tan π/8.
  const int steep = smaller > (R)0.4142135623730950 * larger;
  const R q = (steep ? smaller - larger : smaller) / (steep ? smaller + larger : larger);
  const R w = q * q;
  R angle = (steep ? (R)0.7853981633974483 : (R)0) + (q + q * w * REAL(atan_tail)(w));
  angle = height < x ? angle : (R)1.5707963267948966 - angle;
  return COPYSIGN(angle, y);
}
