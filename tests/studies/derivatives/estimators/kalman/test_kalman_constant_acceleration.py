"""The earlier study's constant-acceleration smoother against a textbook filter and smoother."""

import numpy as np
from numpy.testing import assert_allclose

from tiltyard.studies.derivatives.estimators.kalman.kalman_constant_acceleration import (
    JERK,
    kalman_constant_acceleration,
)


def test_equals_the_textbook_smoother() -> None:
    t = np.linspace(0.0, 5.0, 41)
    y = np.sin(t) + 1e-2 * np.random.default_rng(1).standard_normal(len(t))
    h, r = 0.125, 1e-4 * np.var(y)
    F = np.array([[1, h, h**2 / 2], [0, 1, h], [0, 0, 1]])
    Q = JERK * np.array(
        [
            [h**5 / 20, h**4 / 8, h**3 / 6],
            [h**4 / 8, h**3 / 3, h**2 / 2],
            [h**3 / 6, h**2 / 2, h],
        ]
    )
    x, P = np.zeros(3), 1e6 * np.eye(3)  # nearly diffuse
    filtered, predicted = [], []
    for i, sample in enumerate(y):
        if i:
            x, P = F @ x, F @ P @ F.T + Q
        predicted.append((x, P))
        gain = P[:, 0] / (P[0, 0] + r)
        x, P = x + gain * (sample - x[0]), P - np.outer(gain, P[0])
        filtered.append((x, P))
    states = [x]
    for i in range(len(t) - 2, -1, -1):
        G = filtered[i][1] @ F.T @ np.linalg.inv(predicted[i + 1][1])
        states.append(filtered[i][0] + G @ (states[-1] - predicted[i + 1][0]))
    found = kalman_constant_acceleration(t, y, t, (0, 1, 2, 3))
    # 1e-5: the textbook's start is 1e6 and not infinite, and rounds by 1e6 * 1e-16 / r.
    assert_allclose(found.values[:3], np.array(states[::-1]).T, atol=1e-5)
    assert np.isnan(found.standard_deviation[3]).all()


def test_orders_above_two_belong_to_the_smoothed_positions() -> None:
    t = np.linspace(0.0, 5.0, 41)
    values = kalman_constant_acceleration(t, np.sin(t), t, tuple(range(6))).values
    # Centred differences of order h**2 / 4 times the fifth derivative, which is below 2.
    third = (values[0, 4:] - 2 * values[0, 3:-1] + 2 * values[0, 1:-3] - values[0, :-4]) / (
        2 * 0.125**3
    )
    assert_allclose(values[3, 2:-2], third, atol=0.125**2 / 2)
