//! The law behind the points: touches = c + a · allocated + f · free, how well it fits, and what
//! kind of growth it is.

use std::fmt;

/// How a cost grows with the number of blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Law {
    /// Touches of an operation in an empty heap, by the fitted plane.
    pub constant: f64,
    /// Touches for each allocated block.
    pub per_allocated: f64,
    /// Touches for each free block.
    pub per_free: f64,
    /// How much of the variation the plane explains, 0 to 1; none if there is no variation.
    pub r_squared: Option<f64>,
    /// Growth with the allocated blocks, at the smallest number of free ones.
    pub allocated: Growth,
    /// Growth with the free blocks, at the largest number of allocated ones.
    pub free: Growth,
}

/// How a cost grows with a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Growth {
    /// It does not: over the whole range it changes by less than 2 touches or 1 %.
    Flat,
    /// It falls: by the same bound, it is nowhere higher than where the number is smallest.
    Falling,
    /// It grows with a power of the number. See [`Growth::of`].
    Power {
        /// The exponent; 1 is linear.
        exponent: f64,
    },
    /// It goes up and down.
    Irregular,
}

/// One observation: allocated blocks, free blocks, touches.
pub type Observation = [f64; 3];

impl Law {
    /// Returns the law behind these observations, by least squares; none if there are too few, or
    /// all are in a line, so that several planes fit equally well.
    pub fn fit(observations: &[Observation]) -> Option<Law> {
        let [constant, per_allocated, per_free] = plane(observations)?;
        let touches = || observations.iter().map(|[_, _, touches]| *touches);
        let mean = touches().sum::<f64>() / observations.len() as f64;
        let variation: f64 = touches().map(|touches| (touches - mean).powi(2)).sum();
        let left: f64 = observations
            .iter()
            .map(|[a, f, touches]| {
                (touches - (constant + per_allocated * a + per_free * f)).powi(2)
            })
            .sum();
        // Along the edges of the grid, where one of the numbers is constant.
        let fewest_free = extreme(observations, |[_, free, _]| -free)?;
        let most_allocated = extreme(observations, |[allocated, _, _]| *allocated)?;
        let along_allocated = observations
            .iter()
            .filter(|[_, free, _]| *free == fewest_free[1])
            .map(|[allocated, _, touches]| (*allocated, *touches));
        let along_free = observations
            .iter()
            .filter(|[allocated, _, _]| *allocated == most_allocated[0])
            .map(|[_, free, touches]| (*free, *touches));
        Some(Law {
            constant,
            per_allocated,
            per_free,
            r_squared: (variation > 1e-9).then_some(1.0 - left / variation),
            allocated: Growth::of(along_allocated.collect()),
            free: Growth::of(along_free.collect()),
        })
    }
}

impl Growth {
    /// Returns how the second of these pairs grows with the first, whose values are far apart
    /// (doublings, say).
    ///
    /// The exponent is that of the *increases*: between neighbours x and x' the value rises by r;
    /// for c + k·xⁿ, r goes with the n-th power of x whatever c is, so n is the slope of log r over
    /// log x. The slope of the value's own logarithm comes near n only where c no longer matters.
    pub fn of(mut pairs: Vec<(f64, f64)>) -> Growth {
        pairs.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let values = || pairs.iter().map(|(_, value)| *value);
        let lowest = values().fold(f64::INFINITY, f64::min);
        let highest = values().fold(f64::NEG_INFINITY, f64::max);
        let within_noise = 2.0 + 0.01 * lowest;
        if pairs.is_empty() || highest - lowest <= within_noise {
            return Growth::Flat;
        }
        if highest - pairs[0].1 <= within_noise {
            return Growth::Falling;
        }
        let rises = pairs.windows(2).map(|two| {
            let ((x, value), (_, next)) = (two[0], two[1]);
            (x.ln(), (next - value).ln())
        });
        // The logarithm of a fall is not a number.
        let rises: Vec<(f64, f64)> = rises.collect();
        let slope =
            if rises.iter().all(|(_, rise)| rise.is_finite()) { slope(&rises) } else { None };
        slope.map_or(Growth::Irregular, |exponent| Growth::Power { exponent })
    }
}

/// `linear (exponent 1.00)`.
impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = match self {
            Growth::Flat => return f.write_str("flat"),
            Growth::Falling => return f.write_str("not growing"),
            Growth::Irregular => return f.write_str("up and down"),
            Growth::Power { exponent } => *exponent,
        };
        let near = |power: f64| (exponent - power).abs() < 0.15;
        let word = match () {
            () if near(0.0) => "logarithmic",
            () if near(1.0) => "linear",
            () if near(2.0) => "quadratic",
            () => "a power",
        };
        // Avoids "-0.00".
        write!(f, "{word} (exponent {:.2})", exponent + 0.0)
    }
}

/// Returns the observation for which `by` is largest; of equals, the first.
fn extreme(observations: &[Observation], by: impl Fn(&Observation) -> f64) -> Option<&Observation> {
    let larger = |a: &&Observation, b: &&Observation| by(a).total_cmp(&by(b));
    observations.iter().max_by(larger)
}

/// Returns the plane through observations with the least squares: its value at 0 and its two
/// slopes.
fn plane(observations: &[Observation]) -> Option<[f64; 3]> {
    let count = observations.len() as f64;
    let mean = |column: usize| observations.iter().map(|row| row[column]).sum::<f64>() / count;
    let means = [mean(0), mean(1), mean(2)];
    // Around the means, so that large numbers do not cancel small ones.
    let covariation = |i: usize, j: usize| -> f64 {
        let product = |row: &Observation| (row[i] - means[i]) * (row[j] - means[j]);
        observations.iter().map(product).sum()
    };
    let (aa, af, ff) = (covariation(0, 0), covariation(0, 1), covariation(1, 1));
    let (at, ft) = (covariation(0, 2), covariation(1, 2));
    let determinant = aa * ff - af * af;
    // With nothing to fit it is NaN.
    if determinant.is_nan() || determinant <= 1e-9 * aa * ff {
        return None;
    }
    let per_allocated = (at * ff - ft * af) / determinant;
    let per_free = (ft * aa - at * af) / determinant;
    let constant = means[2] - per_allocated * means[0] - per_free * means[1];
    Some([constant, per_allocated, per_free])
}

/// Returns the slope of the straight line with the least squares.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let xx: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let xy: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    (xx > 0.0).then(|| xy / xx)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns observations of a known function, over the grid.
    fn observe(touches: impl Fn(f64, f64) -> f64) -> Vec<Observation> {
        let grid = crate::Experiment::grid(1024).into_iter().map(|experiment| {
            let (a, f) = (f64::from(experiment.allocated()), f64::from(experiment.free()));
            [a, f, touches(a, f)]
        });
        grid.collect()
    }

    fn exponent(growth: Growth) -> f64 {
        match growth {
            Growth::Power { exponent } => exponent,
            other => panic!("{other:?}"),
        }
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-6, "{a} is not {b}");
    }

    #[test]
    fn a_fit_recovers_a_plane_from_its_points() {
        let law = Law::fit(&observe(|a, f| 11.0 + 1.5 * a + 3.0 * f)).unwrap();
        near(law.constant, 11.0);
        near(law.per_allocated, 1.5);
        near(law.per_free, 3.0);
        near(law.r_squared.unwrap(), 1.0);
        near(exponent(law.allocated), 1.0);
        near(exponent(law.free), 1.0);
    }

    #[test]
    fn each_kind_of_growth_has_its_name() {
        let name = |touches: fn(f64) -> f64| {
            let law = Law::fit(&observe(|a, _| touches(a))).unwrap();
            assert_eq!(law.free, Growth::Flat);
            law.allocated.to_string()
        };
        assert_eq!(name(|_| 40.0), "flat");
        assert_eq!(name(|a| 40.0 + 5.0 * a.log2()), "logarithmic (exponent 0.00)");
        assert_eq!(name(|a| 4000.0 + a), "linear (exponent 1.00)");
        assert_eq!(name(|a| 4000.0 + a * a), "quadratic (exponent 2.00)");
        assert_eq!(name(|a| a.sqrt()), "a power (exponent 0.50)");
        assert_eq!(name(|a| 1e4 - a), "not growing");
        let ridge = |a| if a == 256.0 { 1000.0 } else { 0.0 };
        assert_eq!(name(ridge), "up and down");
    }

    #[test]
    fn a_flat_law_has_no_r_squared() {
        let law = Law::fit(&observe(|_, _| 40.0)).unwrap();
        assert_eq!(law.r_squared, None);
        near(law.constant, 40.0);
    }

    /// A ridge is not a plane, and R² shows it.
    #[test]
    fn a_bad_fit_has_a_low_r_squared() {
        let law = Law::fit(&observe(|a, _| if a == 256.0 { 1000.0 } else { 0.0 })).unwrap();
        assert!(law.r_squared.unwrap() < 0.5, "{law:?}");
    }

    #[test]
    fn too_few_observations_have_no_law() {
        assert_eq!(Law::fit(&[]), None);
        assert_eq!(Law::fit(&[[64.0, 32.0, 1.0]]), None);
        assert_eq!(Law::fit(&[[64.0, 32.0, 1.0], [128.0, 64.0, 2.0]]), None);
    }
}
