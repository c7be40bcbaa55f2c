// Minimax polynomials (Remez exchange) for what is left of a function after its leading terms, in both
// precisions. Each line gives the quantity and the largest error it causes in the whole function,
// relative to the function. Horner's scheme: throughput counts here, not latency.
#pragma once

#include "kernel.h"

/// (expm1 r − r − r²/2)/r³, |r| ≤ ½ ln 2; errors 2.4e-17 and 1.4e-8.
CK_INLINE double expm1_tail_d(double r) {
  double sum = 2.511216343369557e-08;
  sum = sum * r + 2.7622294297762727e-07;
  sum = sum * r + 2.7557235742982538e-06;
  sum = sum * r + 2.4801516182738722e-05;
  sum = sum * r + 0.00019841269893682869;
  sum = sum * r + 0.0013888888920634678;
  sum = sum * r + 0.008333333333319232;
  sum = sum * r + 0.041666666666619695;
  sum = sum * r + 0.16666666666666677;
  return sum;
}
CK_INLINE float expm1_tail_s(float r) {
  float sum = 0.0013940494f;
  sum = sum * r + 0.008366431f;
  sum = sum * r + 0.041666403f;
  sum = sum * r + 0.16666545f;
  return sum;
}

/// (ln cosh x − w/2)/w², w = x² ≤ 0.36; errors 1.2e-17 and 4.3e-10.
CK_INLINE double log_cosh_tail_d(double w) {
  double sum = 2.2232510151651115e-06;
  sum = sum * w - 1.0374223263690378e-05;
  sum = sum * w + 3.2089014909751965e-05;
  sum = sum * w - 9.079890693577666e-05;
  sum = sum * w + 0.00025654666107563707;
  sum = sum * w - 0.0007385991330249238;
  sum = sum * w + 0.0021869485917327676;
  sum = sum * w - 0.00674603173618619;
  sum = sum * w + 0.022222222222058097;
  sum = sum * w - 0.08333333333333272;
  return sum;
}
CK_INLINE float log_cosh_tail_s(float w) {
  float sum = -0.0005227845f;
  sum = sum * w + 0.0021095027f;
  sum = sum * w - 0.0067330394f;
  sum = sum * w + 0.022221273f;
  sum = sum * w - 0.08333331f;
  return sum;
}

/// (log1p u − u)/u², 0 ≤ u ≤ exp(−1.2); errors 4.8e-18 and 1.7e-9.
CK_INLINE double log1p_tail_d(double u) {
  double sum = -0.01249059554831303;
  sum = sum * u + 0.039370347250962535;
  sum = sum * u - 0.06660883504298871;
  sum = sum * u + 0.08566735079713438;
  sum = sum * u - 0.0988328898989458;
  sum = sum * u + 0.11092608451929514;
  sum = sum * u - 0.1249792812674173;
  sum = sum * u + 0.1428555378226017;
  sum = sum * u - 0.1666665838663841;
  sum = sum * u + 0.19999999733635446;
  sum = sum * u - 0.24999999995252964;
  sum = sum * u + 0.33333333333296894;
  sum = sum * u - 0.4999999999999995;
  return sum;
}
CK_INLINE float log1p_tail_s(float u) {
  float sum = 0.06419831f;
  sum = sum * u - 0.14089255f;
  sum = sum * u + 0.19552502f;
  sum = sum * u - 0.24960321f;
  sum = sum * u + 0.3333178f;
  sum = sum * u - 0.49999982f;
  return sum;
}

/// (artanh q − q)/q³, w = q², |q| ≤ (√2 − 1)/(√2 + 1); errors 1.5e-18 and 8.1e-10.
CK_INLINE double atanh_tail_d(double w) {
  double sum = 0.07382159339966655;
  sum = sum * w + 0.07658747619021947;
  sum = sum * w + 0.09091707887944586;
  sum = sum * w + 0.11111100890972553;
  sum = sum * w + 0.14285714353190668;
  sum = sum * w + 0.1999999999980439;
  sum = sum * w + 0.3333333333333348;
  return sum;
}
CK_INLINE float atanh_tail_s(float w) {
  float sum = 0.14937244f;
  sum = sum * w + 0.19988723f;
  sum = sum * w + 0.33333388f;
  return sum;
}

/// (arctan q − q)/q³, w = q², |q| ≤ tan π/8; errors 4.2e-17 and 7.3e-10.
CK_INLINE double atan_tail_d(double w) {
  double sum = 0.021524662904119467;
  sum = sum * w - 0.04382780114231966;
  sum = sum * w + 0.05701580817206996;
  sum = sum * w - 0.06643042478080452;
  sum = sum * w + 0.07690316671121451;
  sum = sum * w - 0.09090802453262331;
  sum = sum * w + 0.11111107648492816;
  sum = sum * w - 0.14285714223980991;
  sum = sum * w + 0.1999999999951366;
  sum = sum * w - 0.3333333333333249;
  return sum;
}
CK_INLINE float atan_tail_s(float w) {
  float sum = -0.06112678f;
  sum = sum * w + 0.10609482f;
  sum = sum * w - 0.14246045f;
  sum = sum * w + 0.19998637f;
  sum = sum * w - 0.3333332f;
  return sum;
}

/// (sin r − r)/r³, w = r², |r| ≤ π/4; errors 3.5e-18 and 3.6e-9.
CK_INLINE double sine_tail_d(double w) {
  double sum = 1.589653588959102e-10;
  sum = sum * w - 2.505075387592572e-08;
  sum = sum * w + 2.7557313666649787e-06;
  sum = sum * w - 0.00019841269829741379;
  sum = sum * w + 0.008333333333322342;
  sum = sum * w - 0.16666666666666632;
  return sum;
}
CK_INLINE float sine_tail_s(float w) {
  float sum = -0.00019516653f;
  sum = sum * w + 0.008332173f;
  sum = sum * w - 0.16666655f;
  return sum;
}

/// (cos r − 1 + w/2)/w², w = r², |r| ≤ π/4; errors 8.3e-20 and 1.4e-10.
CK_INLINE double cosine_tail_d(double w) {
  double sum = -1.136729949579611e-11;
  sum = sum * w + 2.0875883020570548e-09;
  sum = sum * w - 2.7557315635252726e-07;
  sum = sum * w + 2.4801587294392482e-05;
  sum = sum * w - 0.001388888888888297;
  sum = sum * w + 0.04166666666666666;
  return sum;
}
CK_INLINE float cosine_tail_s(float w) {
  float sum = 2.4461486e-05f;
  sum = sum * w - 0.0013887602f;
  sum = sum * w + 0.041666653f;
  return sum;
}
