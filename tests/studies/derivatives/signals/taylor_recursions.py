"""Every differential equation a second time, as a recursion for Taylor coefficients.

A function takes the index k and the coefficients 0 to k of every variable, and returns the
coefficients k of the variables' slopes. Terms have two factors: powers are variables of their own.
"""

from mpmath import MPContext

mp = MPContext()
mp.dps = 50


def product(a, b, k):
    """Coefficient k of the product of two power series."""
    return mp.fdot(a[: k + 1], reversed(b[: k + 1]))


def lotka_volterra(k, x, y):
    meeting = product(x, y, k)
    return mp.mpf(3) / 2 * x[k] - meeting, meeting - 3 * y[k]


def van_der_pol(k, x, v, square):
    """With the square of x as a third variable, so that every term is a product of two."""
    return v[k], 3 * (v[k] - product(square, v, k)) - x[k], 2 * product(x, v, k)


def lorenz(k, x, y, z):
    slope_y = 25 * x[k] - product(x, z, k) - y[k]
    return 10 * (y[k] - x[k]), slope_y, product(x, y, k) - mp.mpf(8) / 3 * z[k]


def brusselator(k, x, y, square, meeting):
    """With the square of x and the product x y, as in all that follow: terms of two factors."""
    b, production = mp.mpf(5) / 2, product(x, meeting, k)
    source = mp.one if k == 0 else mp.zero
    slope = product(square, meeting, k)
    growth = slope - (b + 1) * square[k] + x[k]
    change = y[k] + product(meeting, meeting, k) - (b + 1) * meeting[k] + b * square[k] - slope
    return source + production - (b + 1) * x[k], b * x[k] - production, 2 * growth, change


def enzyme_kinetics(k, c, s):
    binding = 5 * s[k] - 10 * product(c, s, k)
    return binding - 3 * c[k], c[k] - binding


def epidemic(k, i, s):
    infection = 3 * product(s, i, k)
    return infection - mp.mpf(4) / 5 * i[k], -infection


def pharmacokinetics(k, c, g, p):
    back = mp.mpf(3) / 10 * p[k]
    return 2 * g[k] - mp.mpf(3) / 2 * c[k] + back, -2 * g[k], c[k] - back


def fitzhugh_nagumo(k, v, w, square):
    constant = mp.one / 5 if k == 0 else mp.zero
    slope = 3 * (v[k] + w[k]) - product(square, v, k)
    growth = 3 * (square[k] + product(v, w, k)) - product(square, square, k)
    return slope, -(v[k] - constant + w[k] / 5) / 3, 2 * growth


def hindmarsh_rose(k, x, y, z, square):
    current, drive, rest = (3, 1, mp.mpf(32) / 5) if k == 0 else (0, 0, 0)
    slope = y[k] - product(x, square, k) + 3 * square[k] - z[k] + current
    growth = product(x, y, k) - product(square, square, k) + 3 * product(x, square, k)
    growth += 3 * x[k] - product(x, z, k)
    return slope, drive - 5 * square[k] - y[k], (4 * x[k] + rest - z[k]) / 50, 2 * growth


def pendulum(k, q, w, s, c):
    return w[k], -9 * s[k] - mp.mpf(2) / 5 * w[k], product(c, w, k), -product(s, w, k)


def kepler_orbit(k, x, y, v, w, u, cube, square, h, speed):
    """Besides 1/r its cube and square, h = (x v + y w) / r^2, and the speed's square."""
    swing = product(speed, square, k) - cube[k] - 2 * product(h, h, k)
    forces = -product(x, cube, k), -product(y, cube, k)
    inverse = (-j * product(power, h, k) for j, power in ((1, u), (3, cube), (2, square)))
    return v[k], w[k], *forces, *inverse, swing, -2 * product(h, u, k)


def rossler(k, x, y, z):
    source = mp.one / 5 if k == 0 else mp.zero
    return -y[k] - z[k], x[k] + y[k] / 5, source + product(z, x, k) - mp.mpf(57) / 10 * z[k]


def selkov(k, x, y, square, meeting):
    a, supply = mp.mpf(2) / 25, mp.mpf(3) / 5 if k == 0 else mp.zero
    turnover = a * y[k] + product(x, meeting, k)
    growth = a * meeting[k] + product(square, meeting, k) - square[k]
    change = a * product(y, y, k) + product(meeting, meeting, k) - meeting[k]
    change += mp.mpf(3) / 5 * x[k] - a * meeting[k] - product(square, meeting, k)
    return turnover - x[k], supply - turnover, 2 * growth, change


def dimerisation(k, d, m):
    pairing = 3 * product(m, m, k)
    return pairing - mp.mpf(4) / 5 * d[k], -2 * pairing


def robertson(k, y, x, z):
    source, pairing, back = mp.mpf(2) / 5 * x[k], 20 * product(y, y, k), 10 * product(y, z, k)
    return source - pairing - back, back - source, pairing


def double_well(k, q, v, square):
    return v[k], q[k] - product(square, q, k) - mp.mpf(3) / 20 * v[k], 2 * product(q, v, k)


def rigid_body(k, m, s, u):
    return product(s, u, k), -product(m, u, k), -product(m, s, k) / 3


def henon_heiles(k, x, u, y, v):
    pull = product(x, x, k) - product(y, y, k)
    return u[k], -x[k] - 2 * product(x, y, k), v[k], -y[k] - pull


def forced_duffing(k, x, v, c, s, square):
    force = mp.mpf(15) / 2 * c[k] - v[k] / 20 - product(square, x, k)
    return v[k], force, -s[k], c[k], 2 * product(x, v, k)


def phase_slips(k, q, s, c):
    constant, drag = mp.one if k == 0 else mp.zero, mp.mpf(9) / 10
    turn_of_c, turn_of_s = drag * product(s, s, k) - s[k], c[k] - drag * product(c, s, k)
    return constant - drag * s[k], turn_of_s, turn_of_c


def laser_switch_on(k, s, n):
    stimulated = product(n, s, k)
    return 20 * (stimulated - s[k]), (3 if k == 0 else 0) - n[k] - stimulated


def turning_point(k, y, v, x):
    return v[k], -product(x, y, k), mp.one if k == 0 else mp.zero


def heat_rod(k, *pieces):
    """From the heated end on, which is held at 1, to the far one, where no heat leaves."""
    left = [piece[k] for piece in pieces[1:]] + [mp.one if k == 0 else mp.zero]
    right = [pieces[0][k], *[piece[k] for piece in pieces[:-1]]]
    return [10 * (a - 2 * p[k] + b) for a, p, b in zip(left, pieces, right, strict=True)]


def rotating_dominance(k, x, y, z):
    a, b = mp.mpf(4) / 5, mp.mpf(13) / 10

    def growth(first, second, third):
        rivals = a * product(first, second, k) + b * product(first, third, k)
        return first[k] - product(first, first, k) - rivals

    return growth(x, y, z), growth(y, z, x), growth(z, x, y)


def bubble_rebound(k, r, v, u, square, fourth, h, energy):
    """With u = 1 / r, its square and fourth power, h = v u and energy = v^2; v' = u force."""
    force = [fourth[j] - 3 * energy[j] / 2 - 3 * h[j] / 10 - (j == 0) for j in range(k + 1)]
    powers = (-j * product(power, h, k) for j, power in ((1, u), (2, square), (4, fourth)))
    swing = product(square, force, k) - product(h, h, k)
    return v[k], product(u, force, k), *powers, swing, 2 * product(h, force, k)


#: Slopes of the Taylor coefficients, initial state and end time (or both), written a second time.
SYSTEMS = {
    "lotka_volterra": (lotka_volterra, (1, 1), 10),
    "van_der_pol": (van_der_pol, (2, 0, 4), 20),
    "lorenz": (lorenz, (1, 1, 1), 5),
    "brusselator": (brusselator, (1, 1, 1, 1), 20),
    "enzyme_kinetics": (enzyme_kinetics, (0, 1), 5),
    "epidemic": (epidemic, (mp.mpf(1) / 100, mp.mpf(99) / 100), 10),
    "pharmacokinetics": (pharmacokinetics, (0, 1, 0), 10),
    "fitzhugh_nagumo": (fitzhugh_nagumo, (-1, 1, 1), 20),
    "hindmarsh_rose": (hindmarsh_rose, (-1, -4, 2, 1), 40),
    "pendulum": (pendulum, (0, 7, 0, 1), 10),
    "kepler_orbit": (
        kepler_orbit,
        (mp.mpf(2) / 5, 0, 0, 2, mp.mpf(5) / 2, mp.mpf(125) / 8, mp.mpf(25) / 4, 0, 4),
        15,
    ),
    "rossler": (rossler, (4, 4, 1), 25),
    "selkov": (selkov, (mp.mpf(3) / 2, 1, mp.mpf(9) / 4, mp.mpf(3) / 2), 30),
    "dimerisation": (dimerisation, (0, 1), 5),
    "robertson": (robertson, (0, 1, 0), 8),
    "double_well": (double_well, (mp.mpf(5) / 2, 0, mp.mpf(25) / 4), 25),
    "rigid_body": (rigid_body, (2, mp.one / 10, mp.one / 5), 16),
    "henon_heiles": (henon_heiles, (0, mp.mpf(9) / 20, mp.one / 10, 0), 40),
    "forced_duffing": (forced_duffing, (3, 4, 1, 0, 9), 15),
    "phase_slips": (phase_slips, (0, 0, 1), 36),
    "laser_switch_on": (laser_switch_on, (mp.one / 100, 0), 5),
    "turning_point": (turning_point, (mp.one / 10, 0, -2), -2, 12),
    "heat_rod": (heat_rod, (0,) * 6, 5),
    "rotating_dominance": (rotating_dominance, (mp.one / 5, mp.one / 10, mp.mpf(3) / 10), 160),
    "bubble_rebound": (
        bubble_rebound,
        (mp.mpf(8) / 5, 0, mp.mpf(5) / 8, mp.mpf(25) / 64, mp.mpf(625) / 4096, 0, 0),
        10,
    ),
}
