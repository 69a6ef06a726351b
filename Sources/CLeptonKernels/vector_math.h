// Elementary functions of float as straight-line code, which the compiler turns into vectors
// wherever they are called in a loop. A few units in the last place over the whole range;
// infinities, NaN, zeros and subnormal numbers as in C99, except where a comment says otherwise.
// The coefficients are minimax fits, made for this file with the Lawson algorithm in 40 digits.
#pragma once
#include "convert.h"

// 1.5 * 2^23: adding it rounds to an integer, which then sits in the low bits.
#define LK_MAGIC 12582912.0f

LK_INLINE float lk_absolute(float x) { return lk_float(lk_bits(x) & 0x7fffffffu); }

LK_INLINE float lk_with_sign_of(float magnitude, float sign) {
  return lk_float(lk_bits(magnitude) | (lk_bits(sign) & 0x80000000u));
}

// x = n ln 2 + r with |r| <= ln 2 / 2. Gives exp(r) - 1, and n in the low bits.
LK_INLINE float lk_exp_reduce(float x, uint32_t *n) {
#pragma clang fp contract(fast)
  float shifted = x * 1.44269504f + LK_MAGIC;
  float k = shifted - LK_MAGIC;
  *n = lk_bits(shifted);
  float r = x - k * 0.693359375f;
  r = r - k * -2.12194440e-4f;
  float square = r * r;
  float low = 0.166665152f * r + 0.49999994f;
  float high = 0.00836941879f * r + 0.041668456f;
  high = 0.00138131424f * square + high;
  return (high * square + low) * square + r;
}

// Below 1.7e-38 the result is zero.
LK_INLINE float lk_exp(float x) {
#pragma clang fp contract(fast)
  x = x > 89.0f ? 89.0f : x;
  x = x < -87.3f ? -87.3f : x;
  uint32_t n;
  float tail = lk_exp_reduce(x, &n);
  // 2^(n - 1), so that n = 128 still fits; zero for n = -126.
  float half = lk_float((n << 23) + (126u << 23));
  float result = half * tail + half;
  return result + result;
}

// exp(x) - 1 for x <= 0.
LK_INLINE float lk_expm1_negative(float x) {
#pragma clang fp contract(fast)
  x = x < -40.0f ? -40.0f : x;
  uint32_t n;
  float tail = lk_exp_reduce(x, &n);
  float scale = lk_float((n << 23) + (127u << 23));
  return scale * tail + (scale - 1.0f);
}

LK_INLINE float lk_log(float x) {
#pragma clang fp contract(fast)
  int subnormal = x < 1.17549435e-38f;
  float y = subnormal ? x * 8388608.0f : x;
  // Less the root of one half, so that mantissas lie in [root 1/2, root 2).
  uint32_t shifted = lk_bits(y) - 0x3f3504f3u;
  float e = (float)((int32_t)shifted >> 23) - (subnormal ? 23.0f : 0.0f);
  float f = lk_float((shifted & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
  float square = f * f, fourth = square * square;
  float a = -0.250008225f * f + 0.333333313f, b = -0.166233569f * f + 0.200012267f;
  float c = -0.131601945f * f + 0.142017618f, d = -0.0763442963f * f + 0.127615497f;
  float q = (d * square + c) * fourth + (b * square + a);
  float result = q * (square * f);
  result = result + e * -2.12194440e-4f;
  result = result - 0.5f * square;
  result = f + result;
  result = result + e * 0.693359375f;
  result = x == __builtin_inff() ? x : result;
  result = x == 0.0f ? -__builtin_inff() : result;
  return x >= 0.0f ? result : __builtin_nanf("");
}

// log(u) for the rounded u = 1 + x, and the rounding error to first order.
LK_INLINE float lk_log1p(float x) {
  float u = 1.0f + x;
  float error = x - (u - 1.0f);
  float correction = u > 0.0f && u < __builtin_inff() ? error / u : 0.0f;
  return lk_log(u) + correction;
}

LK_INLINE float lk_tanh(float x) {
  float e = lk_expm1_negative(-2.0f * lk_absolute(x));
  return lk_with_sign_of(lk_absolute(e / (2.0f + e)), x);
}

LK_INLINE float lk_sigmoid(float x) {
  float e = lk_exp(-lk_absolute(x));
  float denominator = 1.0f + e;
  return (x < 0.0f ? e : 1.0f) / denominator;
}

LK_INLINE float lk_softplus(float x) {
  float positive = 0.0f > x ? 0.0f : x;
  return positive + lk_log1p(lk_exp(-lk_absolute(x)));
}

// x times a quotient of polynomials of x^2, up to where the result rounds to 1.
LK_INLINE float lk_erf(float x) {
#pragma clang fp contract(fast)
  float a = lk_absolute(x);
  a = a > 3.84f ? 3.84f : a;
  float square = a * a;
  float p = 2.11675823e-06f, q = 3.88268034e-05f;
  p = p * square + 0.000285825982f;
  q = q * square + 0.00114331728f;
  p = p * square + 0.00366176711f;
  q = q * square + 0.0147605318f;
  p = p * square + 0.0524445249f;
  q = q * square + 0.112997794f;
  p = p * square + 0.187559496f;
  q = q * square + 0.499553167f;
  p = p * square + 1.12837915f;
  q = q * square + 1.0f;
  float result = a * p / q;
  return lk_with_sign_of(result > 1.0f ? 1.0f : result, x);
}

// x times the normal distribution function, which is 1/2 and half of erf(x / root 2). The error grows
// as |x|, to 1e-6 at 5.
LK_INLINE float lk_gelu_erf(float x) {
#pragma clang fp contract(fast)
  float a = x > 5.43f ? 5.43f : x;
  a = a < -5.43f ? -5.43f : a;
  float square = a * a;
  float p = 2.33870953e-08f, q = 1.21333761e-06f;
  p = p * square + 6.31592157e-06f;
  q = q * square + 7.145733e-05f;
  p = p * square + 0.000161828772f;
  q = q * square + 0.00184506648f;
  p = p * square + 0.0046354849f;
  q = q * square + 0.0282494485f;
  p = p * square + 0.0331561479f;
  q = q * square + 0.249776584f;
  p = p * square + 0.398942274f;
  q = q * square + 1.0f;
  float half = a * p / q;
  return x * (0.5f + (half < -0.5f ? -0.5f : half));
}

LK_INLINE float lk_gelu_tanh(float x) {
  return x * lk_sigmoid(1.59576912f * (x + 0.044715f * x * x * x));
}

// x = k pi/2 + r. Good while |x| < LK_TRIGONOMETRIC_LIMIT.
#define LK_TRIGONOMETRIC_LIMIT 8192.0f
LK_INLINE float lk_quarter_turns(float x, uint32_t *k) {
#pragma clang fp contract(fast)
  float shifted = x * 0.636619772f + LK_MAGIC;
  float turns = shifted - LK_MAGIC;
  *k = lk_bits(shifted) - lk_bits(LK_MAGIC);
  float r = x - turns * 0x1.920p+0f;
  r = r - turns * 0x1.fb4p-12f;
  return r - turns * 0x1.4442d2p-24f;
}

LK_INLINE float lk_sine_of_quarter(float r, uint32_t k) {
#pragma clang fp contract(fast)
  float square = r * r;
  float s = -0.000195087734f;
  s = s * square + 0.00833211374f;
  s = s * square - 0.166666538f;
  s = s * (square * r) + r;
  float c = 2.44257171e-05f;
  c = c * square - 0.00138872513f;
  c = c * square + 0.0416666456f;
  c = c * (square * square) + (1.0f - 0.5f * square);
  float result = k & 1u ? c : s;
  return lk_float(lk_bits(result) ^ ((k & 2u) << 30));
}

LK_INLINE float lk_sin(float x) {
  uint32_t k;
  float r = lk_quarter_turns(x, &k);
  return lk_sine_of_quarter(r, k);
}

LK_INLINE float lk_cos(float x) {
  uint32_t k;
  float r = lk_quarter_turns(x, &k);
  return lk_sine_of_quarter(r, k + 1u);
}

LK_INLINE uint64_t lk_bits_of_double(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

LK_INLINE double lk_double(uint64_t bits) {
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// |x|^y = 2^(y log2 |x|) in double, then the sign.
LK_INLINE float lk_pow(float x, float y) {
#pragma clang fp contract(fast)
  const uint64_t root_half = 0x3fe6a09e667f3bcdu;
  float a = lk_absolute(x);
  uint64_t shifted = lk_bits_of_double((double)a) - root_half;
  double e = (double)((int32_t)(shifted >> 32) >> 20);
  double m = lk_double((shifted & 0xfffffffffffffu) + root_half);
  double s = (m - 1.0) / (m + 1.0), square = s * s;
  double p = 0.28311543171512649;
  p = p * square + 0.31989138349041668;
  p = p * square + 0.41220958126292107;
  p = p * square + 0.5770779393298715;
  p = p * square + 0.96179669412293489;
  p = p * square + 2.8853900817778455;
  double logarithm = e + p * s;
  logarithm = a == 0.0f ? -__builtin_inf() : logarithm;
  logarithm = a == __builtin_inff() ? __builtin_inf() : logarithm;
  double t = logarithm * (double)y;
  t = t > 200.0 ? 200.0 : t;
  t = t < -200.0 ? -200.0 : t;
  double rounded = t + 6755399441055744.0;
  double f = t - (rounded - 6755399441055744.0);
  double q = 1.5196154528819734e-05;
  q = q * f + 0.0001546675652790248;
  q = q * f + 0.0013333935065359334;
  q = q * f + 0.0096180381312818697;
  q = q * f + 0.055504103659775927;
  q = q * f + 0.24022651066567768;
  q = q * f + 0.69314718070453751;
  q = q * f + 1.0;
  uint64_t n = lk_bits_of_double(rounded) - lk_bits_of_double(6755399441055744.0);
  float magnitude = (float)(q * lk_double((n + 1023u) << 52));
  magnitude = a == 1.0f && y == y ? 1.0f : magnitude;
  magnitude = a != a || y != y ? __builtin_nanf("") : magnitude;
  int whole = y == __builtin_elementwise_rint(y) || lk_absolute(y) == __builtin_inff();
  float half = 0.5f * y;
  int odd = whole && half != __builtin_elementwise_rint(half);
  float result = odd ? lk_with_sign_of(magnitude, x) : magnitude;
  result = x < 0.0f && !whole && a != __builtin_inff() ? __builtin_nanf("") : result;
  return y == 0.0f || x == 1.0f ? 1.0f : result;
}
