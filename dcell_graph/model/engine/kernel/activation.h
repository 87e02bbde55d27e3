// The seven activations f: values, and differences that lose no digits.
//
// The engine carries differences from a base row. f(z + d) - f(z) and f'(z + d) - f'(z), taken literally, lose as many
// digits as d is smaller than z, and batch norm blows the loss up; so each activation works them out in a form of its own:
//
//     value(z)                          f(z)
//     slope(z, f)                       f'(z), given f = f(z)
//     change(z, f, d)                   f(z + d) - f(z)
//     slope_change(z, f, d, change)     f'(z + d) - f'(z)
//
// SLOPE_FROM_VALUE says that slope_change looks only at f and change, not at z and d.
//
// Polynomials are near-minimax fits on the intervals given (Chebyshev interpolation, reweighted); the relative errors
// given are theirs, before rounding.
#pragma once
#include "vector.h"

namespace DCELL_SET {

// e^x = power + power * rest with power = 2^n and |rest| < 0.42; x is held between -87 and 88.
struct Exponential { Vector power, rest; };

static inline Exponential exponential(Vector x) {
    x = larger(smaller(x, all(88.f)), all(-87.f));
    const Vector to_whole = all(12582912.f);  // 1.5 * 2^23: adding it rounds to a whole number
    const Vector n = (x * 1.44269504f + to_whole) - to_whole;
    Vector r = x - n * 0.693359375f;  // ln 2 in two parts, of which the first has few digits
    r = r + n * 2.12194440e-4f;
    // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2, 6e-8
    Vector p = all(1.39412142e-3f);
    p = p * r + 8.36323507e-3f;
    p = p * r + 4.16663741e-2f;
    p = p * r + 1.66665766e-1f;
    p = p * r + 5.00000003e-1f;
    const Whole bits = (__builtin_convertvector(n, Whole) + 127) << 23;
    return Exponential{(Vector)bits, p * (r * r) + r};
}

static inline Vector exp_of(Vector x) {
    const Exponential e = exponential(x);
    return e.power * e.rest + e.power;
}

// e^x - 1
static inline Vector expm1_of(Vector x) {
    const Exponential e = exponential(x);
    return e.power * e.rest + (e.power - 1.f);
}

struct Tanh {
    static constexpr bool SLOPE_FROM_VALUE = true;
    static inline Vector value(Vector z) { return with_sign_of(z, parts_of(z).size); }
    static inline Vector slope(Vector z, Vector) {
        const Parts at = parts_of(z);
        return at.rest * (2.f - at.rest);  // 1 - f^2
    }
    // t (1 - f^2) / (1 + f t) with t = tanh(d). Near opposite ends of the curve 1 + f t comes from what lacks to 1.
    static inline Vector change(Vector z, Vector, Vector d) {
        const Parts at = parts_of(z), t = parts_of(d);
        const Whole opposite = ((Whole)z ^ (Whole)d) < 0;
        const Vector below = opposite ? at.size * t.rest + at.rest : at.size * t.size + 1.f;
        return with_sign_of(d, t.size * (at.rest * (2.f - at.rest)) / below);
    }
    static inline Vector slope_change(Vector, Vector f, Vector, Vector change) { return -change * (f + f + change); }

private:
    struct Parts { Vector size, rest; };  // |tanh z|, and 1 - |tanh z| with all its digits

    static inline Parts parts_of(Vector z) {
        const Exponential e = exponential(magnitude(z) * -2.f);
        const Vector power = e.power * e.rest + e.power, less_one = e.power * e.rest + (e.power - 1.f);
        const Vector scale = 1.f / (power + 1.f);
        return Parts{-less_one * scale, power * 2.f * scale};
    }
    static inline Vector with_sign_of(Vector z, Vector size) { return (Vector)((Whole)size | ((Whole)z & INT32_MIN)); }
};

// f is `inside` times z above 0 and `inside * below` times z elsewhere; ReLU and leaky ReLU.
template <int BELOW_IN_TENTHS> struct Bent {
    static constexpr bool SLOPE_FROM_VALUE = true;
    static constexpr float BELOW = BELOW_IN_TENTHS / 10.f;
    static inline Vector value(Vector z) { return z > 0.f ? z : z * BELOW; }
    static inline Vector slope(Vector, Vector f) { return f > 0.f ? all(1.f) : all(BELOW); }
    static inline Vector change(Vector z, Vector, Vector d) {
        const Vector end = z + d;
        const Vector same = z > 0.f ? d : d * BELOW;
        const Vector crossing = z > 0.f ? d * BELOW - z * (1.f - BELOW) : d + z * (1.f - BELOW);
        return (z > 0.f) == (end > 0.f) ? same : crossing;
    }
    static inline Vector slope_change(Vector z, Vector f, Vector, Vector change) {
        return slope(z, f + change) - slope(z, f);
    }
};
using Relu = Bent<0>;
using LeakyRelu = Bent<1>;

// scale * z above 0 and scale * alpha * (e^z - 1) elsewhere; ELU and SELU.
template <class Constants> struct Exponent {
    static constexpr bool SLOPE_FROM_VALUE = true;
    static constexpr float SCALE = Constants::SCALE, DEPTH = Constants::SCALE * Constants::ALPHA;
    static inline Vector value(Vector z) { return z > 0.f ? z * SCALE : expm1_of(z) * DEPTH; }
    static inline Vector slope(Vector, Vector f) { return f > 0.f ? all(SCALE) : f + DEPTH; }
    static inline Vector change(Vector z, Vector f, Vector d) {
        const Vector end = z + d;
        const Vector below = (f + DEPTH) * expm1_of(d);  // e^z (e^d - 1)
        const Vector same = z > 0.f ? d * SCALE : below;
        // The values at the ends differ in sign, so their difference loses nothing.
        return (z > 0.f) == (end > 0.f) ? same : value(end) - f;
    }
    static inline Vector slope_change(Vector z, Vector f, Vector, Vector change) {
        const Vector end = f + change;
        const Whole below = (f <= 0.f) & (end <= 0.f);
        return below ? change : slope(z, end) - slope(z, f);
    }
};
struct EluConstants { static constexpr float SCALE = 1.f, ALPHA = 1.f; };
// Klambauer et al. 2017
struct SeluConstants { static constexpr float SCALE = 1.0507009873554805f, ALPHA = 1.6732632423543772f; };
using Elu = Exponent<EluConstants>;
using Selu = Exponent<SeluConstants>;

struct Linear {
    static constexpr bool SLOPE_FROM_VALUE = true;
    static inline Vector value(Vector z) { return z; }
    static inline Vector slope(Vector, Vector) { return all(1.f); }
    static inline Vector change(Vector, Vector, Vector d) { return d; }
    static inline Vector slope_change(Vector, Vector, Vector, Vector) { return Vector{}; }
};

// The normal distribution at z: its density and the part below z.
struct Normal { Vector density, below; };

static inline Vector density_of(Vector z) { return exp_of(z * z * -0.5f) * 0.398942280f; }

static inline Normal normal_at(Vector z) {
    const Vector u = z * 0.707106781f, m = magnitude(u), s = u * u;
    const Vector density = density_of(z);
    // erf(u) / u in u^2 for |u| <= 1, 1.2e-9
    Vector p = all(7.88911944e-5f);
    p = p * s - 8.02084127e-4f;
    p = p * s + 5.18953534e-3f;
    p = p * s - 2.68544446e-2f;
    p = p * s + 1.12836002e-1f;
    p = p * s - 3.76126271e-1f;
    p = p * s + 1.12837917f;
    // e^(m^2) erfc(m) / t in t = 1 / (1 + m) for m >= 1, 2.7e-8
    const Vector t = 1.f / (m + 1.f);
    Vector q = all(2.68178713f);
    q = q * t - 6.17127037f;
    q = q * t + 4.92673945f;
    q = q * t - 8.28350388e-1f;
    q = q * t - 6.27334383e-1f;
    q = q * t - 2.86487613e-1f;
    q = q * t + 2.82178890e-1f;
    q = q * t + 5.64190397e-1f;
    q = q * t + 5.64189569e-1f;
    const Vector tail = density * t * q * 1.25331414f;  // sqrt(pi / 2)
    const Vector outer = z > 0.f ? 1.f - tail : tail;
    return Normal{density, m < 1.f ? u * p * 0.5f + 0.5f : outer};
}

struct Gelu {
    static constexpr bool SLOPE_FROM_VALUE = false;
    static inline Vector value(Vector z) { return z * normal_at(z).below; }
    static inline Vector slope(Vector z, Vector) {
        const Normal at = normal_at(z);
        return at.below + z * at.density;
    }
    static inline Vector change(Vector z, Vector, Vector d) {
        const Normal end = normal_at(z + d);
        const Vector literal = end.below - normal_at(z).below;
        const Vector below = magnitude(d) < 1.f ? integral(z, d, false) : literal;
        return d * end.below + z * below;
    }
    static inline Vector slope_change(Vector z, Vector f, Vector d, Vector) {
        return magnitude(d) < 1.f ? integral(z, d, true) : slope(z + d, f) - slope(z, f);
    }

private:
    // The density or, bent, its product with 2 - x^2 (which is f''), between z and z + d: four points of Gauss and
    // Legendre, good to 3e-8 for |d| < 1.
    static inline Vector integral(Vector z, Vector d, bool bent) {
        const float place[4] = {0.0694318442f, 0.330009478f, 0.669990522f, 0.930568156f};
        const float weight[4] = {0.173927423f, 0.326072577f, 0.326072577f, 0.173927423f};
        Vector sum{};
        for (int point = 0; point < 4; point++) {
            const Vector x = d * place[point] + z;
            const Vector density = density_of(x) * weight[point];
            sum = sum + (bent ? density * (2.f - x * x) : density);
        }
        return sum * d;
    }
};

}  // namespace DCELL_SET
