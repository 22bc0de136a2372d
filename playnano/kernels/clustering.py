"""Clusters of points."""

import numpy as np
from numpy.typing import NDArray

from playnano.errors import PlaynanoError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
MOST_PAIRS = 50_000_000


def dbscan(places: Floats, reach: float, min_points: int) -> Integers:
    """The cluster of each point, from 1 in order of the first point; 0 for noise.

    A point with `min_points` points within reach, itself among them, is a core; cores within reach of each
    other are one cluster, and other points within reach of a core belong to the nearest.

    References
    ----------
    Ester, M. et al. (1996), A density-based algorithm for discovering clusters, KDD-96, 226-231.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    if not len(places):
        return np.zeros(0, np.int64)
    tree = cKDTree(places)
    if tree.count_neighbors(tree, reach) > MOST_PAIRS:
        raise PlaynanoError(
            "too many points are within reach of each other; give a smaller `max_distance_nm`"
        )
    pairs = tree.query_pairs(reach, output_type="ndarray")
    neighbours = 1 + np.bincount(pairs.ravel(), minlength=len(places))
    core = neighbours >= min_points
    joined = pairs[core[pairs].all(axis=1)]
    graph = coo_array((np.ones(len(joined), np.int8), (joined[:, 0], joined[:, 1])), shape=(len(places),) * 2)
    _, names = connected_components(graph, directed=False)
    clusters = np.where(core, names, -1).astype(np.int64)
    if core.any() and not core.all():
        away, nearest = cKDTree(places[core]).query(places[~core])
        clusters[~core] = np.where(away <= reach, clusters[core][nearest], -1)
    return in_order(clusters)


def k_means(places: Floats, count: int, seed: int) -> Integers:
    """The cluster of each point, from 1 in order of the first point (Lloyd, k-means++ seeds, best of 10)."""
    if len(places) <= count:
        return np.arange(1, len(places) + 1)
    random = np.random.default_rng(seed)
    trials = [_one_k_means(places, count, random) for _ in range(10)]
    return in_order(min(trials, key=lambda labels: _squares(places, labels)))


def x_means(places: Floats, most: int, seed: int) -> Integers:
    """k-means with the number of clusters, up to `most`, of the least Bayesian information criterion.

    References
    ----------
    Pelleg, D. and Moore, A. (2000), X-means, ICML 2000, 727-734.
    """
    trials = [k_means(places, count, seed) for count in range(1, min(most, len(places)) + 1)]
    return min(trials, key=lambda labels: _criterion(places, labels)) if trials else np.zeros(0, np.int64)


def in_order(clusters: Integers) -> Integers:
    """Clusters numbered from 1 in the order of their first point; negative numbers become 0."""
    names, first = np.unique(clusters, return_index=True)
    real = names >= 0
    order = names[real][np.argsort(first[real])]
    numbers = dict(zip(order.tolist(), range(1, len(order) + 1), strict=True))
    return np.array([numbers.get(name, 0) for name in clusters.tolist()], np.int64)


def _one_k_means(places: Floats, count: int, random: np.random.Generator) -> Integers:
    from scipy.cluster.vq import kmeans2

    chosen = [int(random.integers(len(places)))]
    while len(chosen) < count:
        squares = np.min(((places[:, None] - places[chosen][None]) ** 2).sum(-1), axis=1)
        if squares.sum() <= 0:
            break
        chosen.append(int(random.choice(len(places), p=squares / squares.sum())))
    _, labels = kmeans2(places, places[chosen], minit="matrix", missing="raise")
    return np.asarray(labels, np.int64)


def _squares(places: Floats, labels: Integers) -> float:
    own = (places[labels == name] for name in np.unique(labels))
    return float(sum(np.sum((points - points.mean(axis=0)) ** 2) for points in own))


def _criterion(places: Floats, labels: Integers) -> float:
    count, (points, axes) = len(np.unique(labels)), places.shape
    if points <= count:
        return np.inf
    variance = max(_squares(places, labels) / (axes * (points - count)), 1e-12)
    sizes = np.unique(labels, return_counts=True)[1]
    likelihood = float(
        np.sum(sizes * np.log(sizes / points))
        - points * axes / 2 * np.log(2 * np.pi * variance)
        - axes * (points - count) / 2
    )
    return float(-2 * likelihood + count * (axes + 1) * np.log(points))
