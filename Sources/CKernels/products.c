#include "CKProducts.h"
#include "kernel.h"
#include "polynomials.h"

// Eight numbers at a time, whatever the registers hold: the bits do not depend on their width.
typedef double vector __attribute__((vector_size(64)));
typedef int64_t integers __attribute__((vector_size(64)));
typedef double unaligned_vector __attribute__((vector_size(64), aligned(8)));
enum { lanes = 8 };

// A macro, and pointers to vectors below: what passes them by value depends on the instruction set.
#define LOAD(x) (*(const unaligned_vector *)(x))
#define STORE(x) (*(unaligned_vector *)(x))

static const vector one = {1, 1, 1, 1, 1, 1, 1, 1};

static const int64_t mantissa_mask = 0x000FFFFFFFFFFFFF, one_bits = 0x3FF0000000000000;

/// Moves the exponents of positive numbers to `exponents` (biased by 1023 each time).
#define SPLIT_OFF(product, exponents)                                                                                  \
  do {                                                                                                                 \
    const integers bits = (integers)(product);                                                                         \
    (exponents) += bits >> 52;                                                                                         \
    (product) = (vector)((bits & mantissa_mask) | one_bits);                                                           \
  } while (0)

/// The same for complex numbers, by the exponent of |re| + |im|. Zero stays.
#define SPLIT_OFF_COMPLEX(re, im, exponents)                                                                           \
  do {                                                                                                                 \
    const integers magnitude_mask = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX,                                       \
                                     INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};                                      \
    const vector size = (vector)((integers)(re)&magnitude_mask) + (vector)((integers)(im)&magnitude_mask);             \
    const integers exponent = (integers)size >> 52;                                                                    \
    const vector scale = (vector)((2046 - exponent) << 52);                                                            \
    (re) *= scale;                                                                                                     \
    (im) *= scale;                                                                                                     \
    (exponents) += exponent;                                                                                           \
  } while (0)

/// What is left of the exponents of `splits` splittings, and the product of the lanes.
// The lanes in the order of their distance: halves, quarters, eighths.
#define FOLD(OPERATION, v)                                                                                             \
  OPERATION(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3));                                                 \
  OPERATION(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5));                                                 \
  OPERATION(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6))
#define MULTIPLY(v, w) v *= w
#define ADD(v, w) v += w

CK_INLINE void combine(const vector *product, const integers *exponents, long splits, double *mantissa,
                       double *exponent) {
  vector result = *product;
  integers sum = *exponents;
  FOLD(MULTIPLY, result);
  FOLD(ADD, sum);
  *mantissa = result[0];
  *exponent = (double)(sum[0] - 1023 * lanes * splits);
}

CK_INLINE void combine_complex(const vector *re, const vector *im, const integers *exponents, long splits,
                               double *mantissa, double *exponent) {
  double result_re = 1, result_im = 0;
  int64_t sum = 0;
  for (int lane = 0; lane < lanes; lane++) {
    const double new_re = result_re * (*re)[lane] - result_im * (*im)[lane];
    result_im = result_re * (*im)[lane] + result_im * (*re)[lane];
    result_re = new_re;
    sum += (*exponents)[lane];
  }
  mantissa[0] = result_re;
  mantissa[1] = result_im;
  *exponent = (double)(sum - 1023 * lanes * splits);
}

// One product: four of them grow side by side, because each multiplication waits for the one before.

#define REST(FACTOR, k)                                                                                                \
  if (j < end) {                                                                                                       \
    vector factor;                                                                                                     \
    FACTOR(j, factor);                                                                                                 \
    product[k] *= factor;                                                                                              \
    j += lanes;                                                                                                        \
  }
#define ONE_PRODUCT(FACTOR)                                                                                            \
  vector product[4] = {one, one, one, one};                                                                            \
  integers exponents = {0};                                                                                            \
  long splits = 0, j = 0;                                                                                              \
  while (j < n) {                                                                                                      \
    const long rest = n - j, whole = interval * 4 * lanes;                                                             \
    const long end = j + (rest < whole ? rest : whole);                                                                \
    for (; j + 4 * lanes <= end; j += 4 * lanes)                                                                       \
      for (int k = 0; k < 4; k++) {                                                                                    \
        vector factor;                                                                                                 \
        FACTOR(j + k * lanes, factor);                                                                                 \
        product[k] *= factor;                                                                                          \
      }                                                                                                                \
    /* One by one: an index that is not constant would send the products through memory. */                            \
    REST(FACTOR, 0)                                                                                                    \
    REST(FACTOR, 1)                                                                                                    \
    REST(FACTOR, 2)                                                                                                    \
    for (int k = 0; k < 4; k++) SPLIT_OFF(product[k], exponents);                                                      \
    splits += 4;                                                                                                       \
  }                                                                                                                    \
  product[0] = (product[0] * product[1]) * (product[2] * product[3]);                                                  \
  combine(product, &exponents, splits, mantissa, exponent);

#define REAL_FACTOR(j, f)                                                                                              \
  do {                                                                                                                 \
    const vector changed = LOAD(p + (j)) * LOAD(t + (j));                                                              \
    STORE(q + (j)) = changed;                                                                                          \
    f = one + changed;                                                                                                 \
  } while (0)
#define REAL_FACTOR_OF_TWO(j, f)                                                                                       \
  do {                                                                                                                 \
    const vector changed = LOAD(p + (j)) * (LOAD(t + (j)) * LOAD(u + (j)));                                            \
    STORE(q + (j)) = changed;                                                                                          \
    f = one + changed;                                                                                                 \
  } while (0)
#define SQUARED_FACTOR(j, f) squared_factor(p + (j), t + (j), q + (j), n, &f)
#define SQUARED_FACTOR_OF_TWO(j, f) squared_factor_of_two(p + (j), t + (j), u + (j), q + (j), n, &f)

CK_CLONES void ck_product_d(const double *p, const double *t, const double *u, double *q, long n, long interval,
                            double *mantissa, double *exponent) {
  if (u) {
    ONE_PRODUCT(REAL_FACTOR_OF_TWO)
  } else {
    ONE_PRODUCT(REAL_FACTOR)
  }
}

CK_INLINE void squared_modulus(const double *p, const vector *t_re, const vector *t_im, double *q, long n,
                               vector *factor) {
  const vector p_re = LOAD(p), p_im = LOAD(p + n);
  const vector q_re = p_re * *t_re - p_im * *t_im, im = p_re * *t_im + p_im * *t_re;
  STORE(q) = q_re;
  STORE(q + n) = im;
  const vector re = one + q_re;
  *factor = re * re + im * im;
}

CK_INLINE void squared_factor(const double *p, const double *t, double *q, long n, vector *factor) {
  const vector t_re = LOAD(t), t_im = LOAD(t + n);
  squared_modulus(p, &t_re, &t_im, q, n, factor);
}

CK_INLINE void squared_factor_of_two(const double *p, const double *t, const double *u, double *q, long n,
                                     vector *factor) {
  const vector t_re = LOAD(t), t_im = LOAD(t + n), u_re = LOAD(u), u_im = LOAD(u + n);
  const vector re = t_re * u_re - t_im * u_im, im = t_re * u_im + t_im * u_re;
  squared_modulus(p, &re, &im, q, n, factor);
}

CK_CLONES void ck_squared_product_z(const double *p, const double *t, const double *u, double *q, long n, long interval,
                                    double *mantissa, double *exponent) {
  if (u) {
    ONE_PRODUCT(SQUARED_FACTOR_OF_TWO)
  } else {
    ONE_PRODUCT(SQUARED_FACTOR)
  }
}

// Many products with one row t: four at a time share its loads; what is missing of four repeats the last.

CK_CLONES void ck_products_d(const double *p, const int32_t *index, long count, long stride, const double *t, long n,
                             long interval, double *mantissa, double *exponent) {
  for (long first = 0; first < count; first += 4) {
    const long last = count - 1;
    const double *rows[4];
    for (int k = 0; k < 4; k++) rows[k] = p + stride * index[first + k < last ? first + k : last];
    vector product[4] = {one, one, one, one};
    integers exponents[4] = {{0}, {0}, {0}, {0}};
    long splits = 0;
    for (long j = 0; j < n; splits++) {
      const long rest = n - j, whole = interval * lanes;
      const long end = j + (rest < whole ? rest : whole);
      for (; j < end; j += lanes) {
        const vector factor = LOAD(t + j);
        for (int k = 0; k < 4; k++) product[k] *= one + LOAD(rows[k] + j) * factor;
      }
      for (int k = 0; k < 4; k++) SPLIT_OFF(product[k], exponents[k]);
    }
    for (int k = 0; k < 4 && first + k < count; k++)
      combine(product + k, exponents + k, splits, mantissa + first + k, exponent + first + k);
  }
}

CK_CLONES void ck_products_z(const double *p, const int32_t *index, long count, long stride, const double *t, long n,
                             long interval, double *mantissa, double *exponent) {
  for (long first = 0; first < count; first += 4) {
    const long last = count - 1;
    const double *rows[4];
    for (int k = 0; k < 4; k++) rows[k] = p + stride * index[first + k < last ? first + k : last];
    vector re[4] = {one, one, one, one}, im[4] = {{0}, {0}, {0}, {0}};
    integers exponents[4] = {{0}, {0}, {0}, {0}};
    long splits = 0;
    for (long j = 0; j < n; splits++) {
      const long rest = n - j, whole = interval * lanes;
      const long end = j + (rest < whole ? rest : whole);
      for (; j < end; j += lanes) {
        const vector t_re = LOAD(t + j), t_im = LOAD(t + n + j);
        for (int k = 0; k < 4; k++) {
          const vector p_re = LOAD(rows[k] + j), p_im = LOAD(rows[k] + n + j);
          const vector factor_re = (one + p_re * t_re) - p_im * t_im;
          const vector factor_im = p_re * t_im + p_im * t_re;
          const vector new_re = re[k] * factor_re - im[k] * factor_im;
          im[k] = re[k] * factor_im + im[k] * factor_re;
          re[k] = new_re;
        }
      }
      for (int k = 0; k < 4; k++) SPLIT_OFF_COMPLEX(re[k], im[k], exponents[k]);
    }
    for (int k = 0; k < 4 && first + k < count; k++)
      combine_complex(re + k, im + k, exponents + k, splits, mantissa + 2 * (first + k), exponent + first + k);
  }
}

CK_CLONES void ck_multiply_rows_d(const double *x, const double *t, double *y, long n) {
  CK_INDEPENDENT
  for (long j = 0; j < n; j++) y[j] = x[j] * t[j];
}

CK_CLONES void ck_multiply_rows_z(const double *x, const double *t, double *y, long n) {
  CK_INDEPENDENT
  for (long j = 0; j < n; j++) {
    const double re = x[j] * t[j] - x[n + j] * t[n + j];
    const double im = x[j] * t[n + j] + x[n + j] * t[j];
    y[j] = re;
    y[n + j] = im;
  }
}

CK_INLINE double logarithm(double x) {
  // x = 2^e m with √½ ≤ m < √2, and ln m = 2 artanh((m − 1)/(m + 1)).
  const int64_t half_sqrt_bits = 0x3FE6A09E667F3BCD;
  int64_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  bits -= half_sqrt_bits;
  const int64_t mantissa_bits = (bits & mantissa_mask) + half_sqrt_bits;
  // The exponent as a double: its low bits below those of 1.5·2^52.
  const int64_t exponent_bits = (bits >> 52) + 0x4338000000000000;
  double m, e;
  __builtin_memcpy(&m, &mantissa_bits, sizeof m);
  __builtin_memcpy(&e, &exponent_bits, sizeof e);
  e -= 0x1.8p52;
  // With f = m − 1, which is exact, and q = f/(m + 1) is 2q = f − q f: the rounding of q then counts only
  // through the smaller q f.
  const double f = m - 1, q = f / (m + 1), w = q * q;
  const double tail = 2 * (q * w) * atanh_tail_d(w) - q * f;
  const double value = e * 0.6931471805598903 + (f + (e * 5.497923018708371e-14 + tail));
  return x > 0 ? (x < __builtin_inf() ? value : x) : x == 0 ? -__builtin_inf() : __builtin_nan("");
}

CK_CLONES void ck_log_d(const double *x, double *y, long n) {
  const long whole = n & ~31L;
  CK_INDEPENDENT
  for (long i = 0; i < whole; i++) y[i] = logarithm(x[i]);
  // The rest eight by eight through a copy, so that no element takes the slow scalar way.
  for (long first = whole; first < n; first += lanes) {
    double values[lanes];
    const long count = n - first < lanes ? n - first : lanes;
    for (long i = 0; i < lanes; i++) values[i] = i < count ? x[first + i] : 1;
    for (long i = 0; i < lanes; i++) values[i] = logarithm(values[i]);
    for (long i = 0; i < count; i++) y[first + i] = values[i];
  }
}
