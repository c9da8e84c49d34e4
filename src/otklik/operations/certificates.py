"""HTTPS certificates: one from a certificate authority of this home, until the owner installs his own.

Browsers give the microphone only to a page on HTTPS (or on loopback), so HTTPS is there from the first start.
Whoever installs `authority.pem` in his browser or system is asked nothing more.
Files in HOME/keys: authority.pem and .key, https.pem (with its chain), https.key, https.own when installed.
"""

import contextlib
import ipaddress
import signal
import socket
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from otklik.operations import processes
from otklik.operations.credentials import write_secret
from otklik.settings import Settings

AUTHORITY_LIFE = timedelta(days=3650)
LIFE = timedelta(days=397)
"""Browsers refuse longer ones."""
RENEWED_BEFORE_END = timedelta(days=30)
LEEWAY = timedelta(hours=1)
"""Clocks differ: a certificate is valid from a little before now."""


class CertificateRefused(Exception):
    """The files cannot serve as a certificate; `code` says why (see the texts), `facts` fill it."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def certificate_files(settings: Settings) -> tuple[Path, Path]:
    """Certificate with chain, and its key: what `web` gives to TLS."""
    return settings.keys / "https.pem", settings.keys / "https.key"


def authority_file(settings: Settings) -> Path:
    """What browsers may be told to trust."""
    return settings.keys / "authority.pem"


def provide_certificate(settings: Settings, *, at: datetime) -> bool:
    """Make or renew the certificate if it is ours to make; True if a new one was made.

    A new one is made when the old ends soon or lacks a name or address by which this host is reached now.
    """
    certificate, key = certificate_files(settings)
    wanted = names_of_host(settings.public_host)
    if certificate.exists() and key.exists():
        if (settings.keys / "https.own").exists():
            return False
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        if found.not_valid_after_utc - at > RENEWED_BEFORE_END and set(wanted) <= set(names_in(found)):
            return False
    authority, authority_key = _authority(settings, at)
    fresh_key = ec.generate_private_key(ec.SECP256R1())
    fresh = (
        _builder(subject=wanted[0], issuer=authority.subject, public=fresh_key.public_key(), at=at, life=LIFE)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in wanted]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(_identifier_of(authority), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    _write_key(key, fresh_key)
    certificate.write_bytes(_pem(fresh) + _pem(authority))
    return True


def install_certificate(settings: Settings, certificate: Path, key: Path | None, *, at: datetime) -> str:
    """Put the owner's certificate in place; the end of its life as text. Refuses what browsers would refuse.

    certificate: PEM with the chain, the server's first; it may hold the key too, else `key` names its file.
    """
    text = certificate.read_bytes()
    try:
        chain = x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise CertificateRefused("no_certificate", file=str(certificate)) from error
    key_text = key.read_bytes() if key is not None else text
    try:
        private = serialization.load_pem_private_key(key_text, password=None)
    except (ValueError, TypeError) as error:
        raise CertificateRefused("no_key", file=str(key or certificate)) from error
    own = chain[0]
    if _public_bytes(private.public_key()) != _public_bytes(own.public_key()):
        raise CertificateRefused("key_of_another")
    if own.not_valid_after_utc <= at:
        raise CertificateRefused("over", ended=own.not_valid_after_utc.isoformat())
    if own.not_valid_before_utc > at + LEEWAY:
        raise CertificateRefused("not_begun", begins=own.not_valid_before_utc.isoformat())
    if not names_in(own):
        raise CertificateRefused("no_names")
    certificate_file, key_file = certificate_files(settings)
    plain = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(key_file, plain.decode())
    certificate_file.write_bytes(b"".join(_pem(found) for found in chain))
    (settings.keys / "https.own").touch(mode=0o600)
    return own.not_valid_after_utc.isoformat()


def described(settings: Settings) -> dict[str, str]:
    """The certificate in use, for people."""
    file, _ = certificate_files(settings)
    found = x509.load_pem_x509_certificate(file.read_bytes())
    return {
        "file": str(authority_file(settings)),
        "subject": found.subject.rfc4514_string(),
        "names": ", ".join(names_in(found)),
        "until": found.not_valid_after_utc.date().isoformat(),
    }


def renew_web(settings: Settings) -> bool:
    """Ask the running `web` to end, so that its supervisor starts it with the new files; True if it runs."""
    running = processes.find_running(settings.run / "web.pid")
    if running is None:
        return False
    running.send(signal.SIGTERM)
    return True


def names_of_host(public_host: str) -> list[str]:
    """By which names and addresses browsers may call this host; the first is the one to show."""
    found = [public_host] if public_host else []
    found += [socket.gethostname(), "localhost"]
    addresses = []
    for interface in psutil.net_if_addrs().values():
        for each in interface:
            with contextlib.suppress(ValueError):
                address = ipaddress.ip_address(each.address)
                if not address.is_link_local:
                    addresses.append(str(address))
    return list(dict.fromkeys(found + sorted(addresses)))


def names_in(certificate: x509.Certificate) -> list[str]:
    """Names and addresses for which a certificate stands."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return found.get_values_for_type(x509.DNSName) + addresses


def _authority(settings: Settings, at: datetime) -> tuple[x509.Certificate, CertificateIssuerPrivateKeyTypes]:
    file, key_file = authority_file(settings), settings.keys / "authority.key"
    if file.exists() and key_file.exists():
        found = x509.load_pem_x509_certificate(file.read_bytes())
        if found.not_valid_after_utc - at > LIFE:
            loaded = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
            if isinstance(loaded, ec.EllipticCurvePrivateKey):
                return found, loaded
    key = ec.generate_private_key(ec.SECP256R1())
    name = f"Otklik {socket.gethostname()}"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    made = (
        _builder(subject=name, issuer=subject, public=key.public_key(), at=at, life=AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_file, key)
    file.write_bytes(_pem(made))
    return made, key


def _builder(
    *, subject: str, issuer: x509.Name, public: ec.EllipticCurvePublicKey, at: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject[:64])]))
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - LEEWAY)
        .not_valid_after(at + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _identifier_of(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Strict clients (Python 3.13 is one) want to know the signer by its key."""
    own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_secret(path, text.decode())
    path.chmod(0o600)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _public_bytes(key: object) -> bytes:
    described: bytes = key.public_bytes(  # type: ignore[attr-defined]  # every public key has it, no base says so
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return described
