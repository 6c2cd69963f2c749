"""Whether an Ed25519 signature is good, by the one rule of schema/export.md, "Signatures". Plain Python: about 5 ms each."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493  # The order of the group that B makes.
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
B = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def plus(one, other):
    """Of points (X, Y, Z) on -x² + y² = 1 + dx²y², where x is X/Z and y is Y/Z. Holds of any two, equal ones too."""
    (x1, y1, z1), (x2, y2, z2) = one, other
    a = z1 * z2 % P
    b, c, d = a * a % P, x1 * x2 % P, y1 * y2 % P
    e = D * c * d % P
    f, g = b - e, b + e
    return a * f * ((x1 + y1) * (x2 + y2) - c - d) % P, a * g * (d + c) % P, f * g % P


def multiple(number, point):
    found = (0, 1, 1)
    for bit in bin(number)[2:]:
        found = plus(found, found)
        if bit == "1":
            found = plus(found, point)
    return found


def point_of(raw):
    """The point that 32 bytes are, or None; None also of one that is written in a second way."""
    y = int.from_bytes(raw, "little")
    odd, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    return (x if x & 1 == odd else P - x), y, 1


def is_small(point):
    """Whether eight times the point is nothing."""
    x, y, z = multiple(8, point)
    return x % P == 0 and (y - z) % P == 0


def good_signature(key, message, signature):
    a, r, s = point_of(key), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or is_small(a) or is_small(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x1, y1, z1 = multiple(s, (*B, 1))
    x2, y2, z2 = plus(r, multiple(k, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0
