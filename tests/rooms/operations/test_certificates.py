"""HTTPS has a certificate from the first start; the owner's own one is checked before it is taken."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from otklik.operations import certificates
from otklik.operations.certificates import CertificateRefused
from otklik.settings import Settings

pytestmark = pytest.mark.fast

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def settings(tmp_path):
    """A home whose host is called centre.example."""
    (tmp_path / "keys").mkdir(mode=0o700)
    return Settings(home=tmp_path, public_host="centre.example")


def test_certificate_of_the_first_start_is_trusted_through_the_authority(settings):
    assert certificates.provide_certificate(settings, at=NOW)

    client = ssl.create_default_context(cafile=str(certificates.authority_file(settings)))
    for name in ("centre.example", "localhost", "127.0.0.1"):
        assert said_over_tls(settings, client, name) == b"hello"


def test_stranger_does_not_trust_it(settings):
    certificates.provide_certificate(settings, at=NOW)

    with pytest.raises(ssl.SSLCertVerificationError):
        said_over_tls(settings, ssl.create_default_context(), "localhost")


def test_second_start_keeps_it(settings):
    certificates.provide_certificate(settings, at=NOW)
    file, key = certificates.certificate_files(settings)
    before = file.read_bytes(), key.read_bytes()

    assert not certificates.provide_certificate(settings, at=NOW + timedelta(days=100))

    assert (file.read_bytes(), key.read_bytes()) == before


def test_it_is_renewed_before_its_end_by_the_same_authority(settings):
    certificates.provide_certificate(settings, at=NOW)
    authority = certificates.authority_file(settings).read_bytes()

    assert certificates.provide_certificate(settings, at=NOW + timedelta(days=380))

    assert certificates.authority_file(settings).read_bytes() == authority
    assert loaded(settings).not_valid_after_utc == NOW + timedelta(days=380 + 397)


def test_new_name_of_the_host_makes_a_new_one(settings):
    certificates.provide_certificate(settings, at=NOW)
    renamed = settings.model_copy(update={"public_host": "other.example"})

    assert certificates.provide_certificate(renamed, at=NOW)

    assert "other.example" in certificates.names_in(loaded(renamed))


def test_keys_are_their_owners_alone(settings):
    certificates.provide_certificate(settings, at=NOW)

    for name in ("https.key", "authority.key"):
        assert (settings.keys / name).stat().st_mode & 0o777 == 0o600


def test_owners_certificate_is_taken_and_kept(settings, tmp_path):
    file, key = own_certificate(tmp_path / "own", NOW)

    certificates.install_certificate(settings, file, key, at=NOW)

    assert not certificates.provide_certificate(settings, at=NOW)
    assert "own.example" in certificates.names_in(loaded(settings))


def test_one_file_with_certificate_and_key_will_do(settings, tmp_path):
    file, key = own_certificate(tmp_path / "own", NOW)
    both = tmp_path / "both.pem"
    both.write_bytes(file.read_bytes() + key.read_bytes())

    certificates.install_certificate(settings, both, None, at=NOW)

    assert "own.example" in certificates.names_in(loaded(settings))


@pytest.mark.parametrize("code", ["key_of_another", "no_key", "no_certificate", "over", "not_begun"])
def test_what_browsers_would_refuse_is_refused_here(settings, tmp_path, code):
    file, key = own_certificate(tmp_path / "own", NOW)
    _, other_key = own_certificate(tmp_path / "other", NOW)
    at = NOW
    match code:
        case "key_of_another":
            key = other_key
        case "no_key":
            key = file
        case "no_certificate":
            file = other_key
        case "over":
            at = NOW + timedelta(days=500)
        case "not_begun":
            at = NOW - timedelta(days=5)

    with pytest.raises(CertificateRefused) as refused:
        certificates.install_certificate(settings, file, key, at=at)

    assert refused.value.code == code
    assert not (settings.keys / "https.own").exists()


def own_certificate(home, at):
    """A certificate for own.example made elsewhere, and its key."""
    (home / "keys").mkdir(parents=True)
    elsewhere = Settings(home=home, public_host="own.example")
    certificates.provide_certificate(elsewhere, at=at)
    return certificates.certificate_files(elsewhere)


def loaded(settings):
    """The certificate in use."""
    return x509.load_pem_x509_certificate(certificates.certificate_files(settings)[0].read_bytes())


def said_over_tls(settings, client: ssl.SSLContext, name: str) -> bytes:
    """What a server with the certificate says to a client that wants a name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(*certificates.certificate_files(settings))
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def answer() -> None:
        connection, _ = listener.accept()
        connection.settimeout(10)
        try:
            with server.wrap_socket(connection, server_side=True) as secure:
                secure.sendall(b"hello")
        except OSError:
            connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with (
            socket.create_connection(listener.getsockname(), timeout=10) as plain,
            client.wrap_socket(plain, server_hostname=name) as secure,
        ):
            return secure.recv(10)
    finally:
        thread.join()
        listener.close()
