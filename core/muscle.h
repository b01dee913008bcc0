// The Thelen (2003) muscle with a compliant tendon: one muscle's force and fibre velocity.
//
// Thelen, J. Biomech. Eng. 125(1):70-77: tendon force-strain (eq 5), passive force-length (eq 3),
// active force-length (eq 4), force-velocity (eqs 6-7), solved for the fibre velocity.
#pragma once

#include "elementary.h"
#include "model.h"

namespace myorun {
inline namespace MYORUN_ISA {

// The parameters of one muscle (a pack of neighbours), loaded from the tables.
template <class P> struct Thelen {
  P max_force, optimal_length, inverse_optimal, height, min_length, inverse_slack, tendon_slack;
  P toe_strain, toe_exponent, toe_scale, linear_stiffness, active_sharpness, passive_exponent, passive_scale;
  P max_velocity, inverse_af, lengthening_limit, lengthening_scale;
  P extrapolation_start, extrapolation_value, extrapolation_slope;
};

template <class T> MYORUN_INLINE Thelen<PackOf<T>> load_thelen(const MuscleParameters<ScalarOf<T>>& p, int i) {
  const auto get = [i](const ScalarOf<T>* array) { return load_parameters<T>(array + i); };
  return {get(p.max_force),          get(p.optimal_length),    get(p.inverse_optimal),     get(p.height),
          get(p.min_length),         get(p.inverse_slack),     get(p.tendon_slack),        get(p.toe_strain),
          get(p.toe_exponent),       get(p.toe_scale),         get(p.linear_stiffness),    get(p.active_sharpness),
          get(p.passive_exponent),   get(p.passive_scale),     get(p.max_velocity),        get(p.inverse_af),
          get(p.lengthening_limit),  get(p.lengthening_scale), get(p.extrapolation_start), get(p.extrapolation_value),
          get(p.extrapolation_slope)};
}

// A curve's value and its derivative with respect to its argument.
template <class P> struct Curve {
  P value, slope;
};

// Tendon force [F_max] over strain: an exponential toe, then a line; a slack tendon pulls nothing.
template <class P> MYORUN_INLINE Curve<P> tendon_curve(const Thelen<P>& m, P strain) {
  using S = ScalarOf<P>;
  const P zero = splat<P>(0);
  const P in_toe = min<P>(max<P>(strain, zero), m.toe_strain);
  const P growth = exp<P>(in_toe * m.toe_exponent);
  const auto slack = strain <= zero;
  const auto linear = strain > m.toe_strain;
  const P toe = m.toe_scale * (growth - S(1));
  const P line = m.linear_stiffness * (strain - m.toe_strain) + S(.33);
  return {select<P>(slack, zero, select<P>(linear, line, toe)),
          select<P>(slack, zero, select<P>(linear, m.linear_stiffness, m.toe_scale * m.toe_exponent * growth))};
}

// Passive fibre force [F_max] over normalised length; slope per optimal fibre length.
template <class P> MYORUN_INLINE Curve<P> passive_curve(const Thelen<P>& m, P length) {
  using S = ScalarOf<P>;
  const P zero = splat<P>(0);
  const P stretch = length - S(1);
  const auto loose = stretch <= zero;
  const P growth = exp<P>(max<P>(stretch, zero) * m.passive_exponent);
  return {select<P>(loose, zero, m.passive_scale * (growth - S(1))),
          select<P>(loose, zero, m.passive_scale * m.passive_exponent * growth)};
}

// Active force-length factor over normalised length; slope divided by the value.
template <class P> MYORUN_INLINE Curve<P> active_curve(const Thelen<P>& m, P length) {
  using S = ScalarOf<P>;
  const P stretch = length - S(1);
  const P steepness = stretch * m.active_sharpness;
  return {exp<P>(-(stretch * steepness)), S(-2) * steepness};
}

// Fibre velocity over G = .25 + .75 a, in units of v_max, from y = active fibre force / (a f_al):
//   y <= 0:  -1 + y (1 + 1/A_f)          y <= 1: (y - 1) / (1 + y/A_f)
//   y < y_x: (y - 1) / (c (F_len - y))   above: the tangent continued
template <class P> MYORUN_INLINE Curve<P> velocity_curve(const Thelen<P>& m, P y) {
  using S = ScalarOf<P>;
  const P one = splat<P>(1);
  const P over = y - S(1);
  const auto pulling = y <= splat<P>(0);
  const auto shortening = y <= one;
  const auto steep = y >= m.extrapolation_start;

  const P hill = S(1) + m.inverse_af * y;
  const P stretching = m.lengthening_scale * (m.lengthening_limit - y);
  // one division serves both hyperbolas; the unused branches divide by 1
  const P denominator = select<P>(pulling | steep, one, select<P>(shortening, hill, stretching));
  const P inverse = S(1) / denominator;
  const P value = select<P>(pulling, y * (S(1) + m.inverse_af) - S(1), over * inverse);
  const P rise = select<P>(shortening, S(1) + m.inverse_af, m.lengthening_scale * (m.lengthening_limit - S(1)));
  const P slope = select<P>(pulling, S(1) + m.inverse_af, rise * inverse * inverse);
  return {select<P>(steep, m.extrapolation_value + m.extrapolation_slope * (y - m.extrapolation_start), value),
          select<P>(steep, m.extrapolation_slope, slope)};
}

// What one muscle does, and how its fibre velocity answers to length, path length and activation.
template <class P> struct MuscleResult {
  P tendon_force;        // [N]
  P fiber_force;         // active + passive, along the fibre [N]
  P passive_force;       // along the fibre [N]
  P along;               // fibre length along the tendon, l cos(pennation) [m]
  P velocity;            // dl/dt [m/s]
  P velocity_by_length;      // d(dl/dt)/dl          [1/s]
  P velocity_by_path;        // d(dl/dt)/dL          [1/s]
  P velocity_by_activation;  // d(dl/dt)/da          [m/s]
};

// fiber length l and path length [m], clamped activation a -> MuscleResult. strength scales F_max.
template <class P>
MYORUN_INLINE MuscleResult<P> calc_muscle(const Thelen<P>& m, P state_length, P path_length, P a, P strength) {
  using S = ScalarOf<P>;
  const P zero = splat<P>(0);
  const P floor = max<P>(m.min_length, m.optimal_length * S(1e-6));
  const P l = max<P>(state_length, floor);
  const P along = sqrt(max<P>(l * l - m.height * m.height, splat<P>(S(1e-24))));
  const P inverse_along = S(1) / along;
  const P inverse_cos = l * inverse_along;

  const Curve<P> tendon = tendon_curve<P>(m, (path_length - along) * m.inverse_slack - S(1));
  const P normalised = l * m.inverse_optimal;
  const Curve<P> passive = passive_curve<P>(m, normalised);
  const Curve<P> active = active_curve<P>(m, normalised);

  const P fiber = tendon.value * inverse_cos;
  const P inverse_capacity = S(1) / max<P>(a * active.value, splat<P>(S(1e-30)));
  const P y = (fiber - passive.value) * inverse_capacity;
  const Curve<P> shortening = velocity_curve<P>(m, y);
  const P g = S(.25) + S(.75) * a;
  const P velocity = m.max_velocity * g * shortening.value;

  // chain rule through y; dz/dl = 1/cos, d(1/cos)/dl = -h^2/(l cos)^3
  const P dv_dy = m.max_velocity * g * shortening.slope;
  const P tendon_slope = tendon.slope * m.inverse_slack * inverse_cos;  // d fiber / dL
  const P h2 = m.height * m.height;
  const P dy_dl = (-tendon_slope * inverse_cos - tendon.value * h2 * inverse_along * inverse_along * inverse_along -
                   passive.slope * m.inverse_optimal) *
                      inverse_capacity -
                  y * active.slope * m.inverse_optimal;
  const P dv_da = m.max_velocity * S(.75) * shortening.value - dv_dy * y * (active.value * inverse_capacity);

  const auto stuck = (state_length <= m.min_length) & (velocity <= zero);
  const P force = m.max_force * strength;
  return {force * tendon.value,
          force * select<P>(stuck, passive.value, fiber),  // a stuck fibre's active force counts as none
          force * passive.value,
          along,
          select<P>(stuck, zero, velocity),
          select<P>(stuck | (state_length < floor), zero, dv_dy * dy_dl),  // nothing changes below the shortest fibre
          select<P>(stuck, zero, dv_dy * tendon_slope * inverse_capacity),
          select<P>(stuck, zero, dv_da)};
}

}  // namespace MYORUN_ISA
}  // namespace myorun
