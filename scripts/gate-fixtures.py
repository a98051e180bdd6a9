# Reference values for the statistics of the gate and of the history, from SciPy and Apache Otava:
#
#   pip install scipy==1.16.3 apache-otava==0.8.0 && python3 scripts/gate-fixtures.py
#
# writes test/fixtures/gate/*.json, which the tests hold millrace's own code against. Seeded: it writes the same files again.
import json
import pathlib

import numpy as np
import scipy
from scipy import stats

out = pathlib.Path(__file__).parent.parent / "test" / "fixtures" / "gate"
rng = np.random.default_rng(20261126)


def numbers(values):
    return [round(float(value), 6) for value in values]


def signed_rank():
    cases = []
    for n in (1, 2, 5, 6, 8, 10, 15, 20, 40):
        for shift in (0.0, 0.4, 1.5):
            x = numbers(rng.normal(shift, 1, n))
            p = stats.wilcoxon(x, method="exact").pvalue
            cases.append({"differences": x, "p": float(p), "ties": False})
    # Ties and zeros: the exact distribution of all 2^n signs, which SciPy makes by permutation.
    for n in (4, 6, 8, 10):
        for shift in (0, 1):
            x = [float(value) for value in rng.integers(-3 + shift, 4 + shift, n)]
            nonzero = np.array([value for value in x if value != 0])
            if len(nonzero) < 2:
                continue
            ranks = stats.rankdata(np.abs(nonzero))
            res = stats.permutation_test(
                (nonzero,), lambda s, axis=-1: np.sum(np.where(s > 0, stats.rankdata(np.abs(s), axis=axis), 0), axis=axis),
                permutation_type="samples", vectorized=True, n_resamples=np.inf, alternative="two-sided",
            )
            cases.append({"differences": x, "p": float(res.pvalue), "ties": True})
    # Large: the normal approximation, as SciPy makes it.
    x = numbers(rng.normal(0.1, 1, 150))
    cases.append({"differences": x, "p": float(stats.wilcoxon(x, method="approx", correction=False).pvalue), "ties": False})
    return cases


def rank_sum():
    cases = []
    for n, m in ((1, 3), (3, 3), (4, 4), (5, 8), (10, 10), (20, 15)):
        for shift in (0.0, 1.0, 3.0):
            x, y = numbers(rng.normal(0, 1, n)), numbers(rng.normal(shift, 1, m))
            p = stats.mannwhitneyu(x, y, method="exact").pvalue
            cases.append({"first": x, "second": y, "p": float(p)})
    for n, m in ((4, 5), (6, 6)):
        x = [float(v) for v in rng.integers(0, 4, n)]
        y = [float(v) for v in rng.integers(1, 5, m)]
        p = stats.mannwhitneyu(x, y, method=stats.PermutationMethod(n_resamples=1_000_000)).pvalue
        cases.append({"first": x, "second": y, "p": float(p)})
    x, y = numbers(rng.normal(0, 1, 45)), numbers(rng.normal(0.3, 1, 40))
    cases.append({"first": x, "second": y, "p": float(stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False).pvalue)})
    return cases


def intervals():
    """Hodges-Lehmann by definition; the interval by inverting SciPy's exact tests over all candidates."""
    cases = []
    for n in (5, 6, 8, 10, 15, 20):
        x = np.array(numbers(rng.normal(0.5, 1, n)))
        walsh = np.sort([(x[i] + x[j]) / 2 for i in range(n) for j in range(i, n)])
        for level in (0.9, 0.95, 0.99):
            kept = inverted(walsh, lambda at: stats.wilcoxon(x - at, method="exact").pvalue, 1 - level)
            cases.append({"kind": "paired", "differences": x.tolist(), "level": level, "estimate": float(np.median(walsh)), "interval": kept})
    for n, m in ((4, 4), (6, 5), (10, 10)):
        x, y = np.array(numbers(rng.normal(0, 1, n))), np.array(numbers(rng.normal(0.5, 1, m)))
        all_pairs = np.sort((y[:, None] - x[None, :]).ravel())
        for level in (0.9, 0.95, 0.99):
            kept = inverted(all_pairs, lambda at: stats.mannwhitneyu(x, y - at, method="exact").pvalue, 1 - level)
            cases.append({"kind": "unpaired", "first": x.tolist(), "second": y.tolist(), "level": level, "estimate": float(np.median(all_pairs)), "interval": kept})
    return cases


def inverted(candidates, p_of, alpha):
    """The shifts that the test does not reject lie between two candidates; null when they have no end."""
    middles = np.concatenate([[candidates[0] - 1], (candidates[1:] + candidates[:-1]) / 2, [candidates[-1] + 1]])
    kept = [i for i, at in enumerate(middles) if p_of(at) > alpha]
    if kept[0] == 0 or kept[-1] == len(middles) - 1:
        return None
    return [float(candidates[kept[0] - 1]), float(candidates[kept[-1]])]


def distributions():
    return {
        "normal": [{"x": x, "cdf": float(stats.norm.cdf(x))} for x in (-30, -8, -4, -3.1, -3, -2.9, -1, -0.1, 0, 0.5, 2, 3.5, 6)],
        "quantile": [{"p": p, "x": float(stats.norm.ppf(p))} for p in (1e-12, 1e-6, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.99999)],
        "student": [{"t": t, "freedom": f, "p": float(2 * stats.t.sf(abs(t), f))} for f in (1, 2, 3, 4, 7, 10, 48, 99) for t in (0.0, 0.5, -2.0, 4.0)],
    }


def spending():
    """Two-sided boundaries for Pocock's kind of spending, by SciPy's multivariate normal distribution."""
    cases = []
    for alpha in (0.05, 0.01):
        for shares in ([0.5, 1.0], [0.4, 0.6, 0.8, 1.0]):
            spent = [alpha / 2 * np.log(1 + (np.e - 1) * share) for share in shares]
            bounds = []
            for k, share in enumerate(shares):
                t = np.array(shares[: k + 1])
                cov = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))

                def crossed_above(z):
                    inner = np.array(bounds)
                    if k == 0:
                        return stats.norm.sf(z)
                    # P(all before inside, now above): inside before, less inside before and now.
                    mvn = stats.multivariate_normal(np.zeros(k), cov[:k, :k], maxpts=2_000_000, abseps=1e-9)
                    before = mvn.cdf(inner, lower_limit=-inner, rng=np.random.default_rng(1)) if k > 1 else 1 - 2 * stats.norm.sf(bounds[0])
                    full = stats.multivariate_normal(np.zeros(k + 1), cov, maxpts=2_000_000, abseps=1e-9)
                    both = full.cdf(np.append(inner, z), lower_limit=-np.append(inner, z), rng=np.random.default_rng(1))
                    return (before - both) / 2

                wanted = spent[k] - (spent[k - 1] if k else 0)
                low, high = 0.5, 8.0
                for _ in range(24):
                    mid = (low + high) / 2
                    if crossed_above(mid) > wanted:
                        low = mid
                    else:
                        high = mid
                bounds.append((low + high) / 2)
            cases.append({"alpha": alpha, "shares": shares, "limits": [float(2 * stats.norm.sf(b)) for b in bounds]})
    return cases


def change_points():
    from otava.analysis import compute_change_points

    cases = []
    shapes = {
        "steady": [(100, 60)],
        "one step": [(100, 30), (90, 30)],
        "step at the end": [(100, 40), (85, 4)],
        "up and back": [(100, 40), (120, 30), (100, 50)],
        "three levels over several windows": [(100, 70), (96, 80), (110, 60)],
        "short": [(100, 6), (70, 5)],
        "very short": [(100, 2)],
    }
    for name, shape in shapes.items():
        for sigma in (1.0, 3.0):
            series = numbers(np.concatenate([rng.normal(level, sigma, n) for level, n in shape]))
            for magnitude in (0.0, 0.05):
                points, _ = compute_change_points(list(series), min_magnitude=magnitude)
                cases.append({
                    "name": f"{name}, noise {sigma}, magnitude {magnitude}", "series": series, "magnitudeMin": magnitude,
                    "indexes": [int(p.index) for p in points],
                })
    return cases


for name, made in (
    ("signed-rank", signed_rank()), ("rank-sum", rank_sum()), ("intervals", intervals()),
    ("distributions", distributions()), ("spending", spending()), ("change-points", change_points()),
):
    (out / f"{name}.json").write_text(json.dumps({"scipy": scipy.__version__, "cases": made}) + "\n")
    print(name)
