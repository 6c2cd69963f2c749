"""An authority of a test's own, and certificates for 127.0.0.1 that it signed."""

import subprocess

KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


def openssl(words, *more):
    subprocess.run(["openssl", *words.split(), *map(str, more)], check=True, capture_output=True)


def authority(folder, name="ca"):
    """Gives its certificate; the key lies beside it."""
    at = folder / f"{name}.crt"
    openssl(f"req -x509 {KEY} -days 2 -subj /CN={name}", "-keyout", at.with_suffix(".key"), "-out", at)
    return at


def signed(ca, name):
    """(certificate, key) of who is called so, signed by `ca`; a server at 127.0.0.1 may use them too."""
    at = ca.with_name(name)
    (extensions := at.with_suffix(".ext")).write_text("subjectAltName = IP:127.0.0.1\n")
    openssl(f"req {KEY} -subj /CN={name}", "-keyout", at.with_suffix(".key"), "-out", at.with_suffix(".csr"))
    openssl("x509 -req -days 2 -CAcreateserial -CA", ca, "-CAkey", ca.with_suffix(".key"), "-extfile", extensions,
            "-in", at.with_suffix(".csr"), "-out", at.with_suffix(".crt"))  # fmt: skip
    return at.with_suffix(".crt"), at.with_suffix(".key")
