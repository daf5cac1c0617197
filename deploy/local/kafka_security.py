"""What makes one broker ask who is there: SCRAM users on its listener, rights by its authorizer, and certificates on the
controller's, which knows no passwords. Users and rights themselves are in `deploy/kafka/`."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.local.private import write_private
from shared.broker import MECHANISM, Security

ADMIN = "admin"
NODE = "kafka-1"
CA, KEYS = "ca.pem", "node.pem"
YEARS = timedelta(days=3650)

# The controller has no SCRAM: who may speak to it shows a certificate of the stack's own authority, which signs this one alone.
PROPERTIES = """\
sasl.enabled.mechanisms={mechanism}
sasl.mechanism.inter.broker.protocol={mechanism}
listener.name.{listener}.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="{admin}" password="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin};User:CN={node}
listener.name.controller.ssl.client.auth=required
listener.name.controller.ssl.keystore.type=PEM
listener.name.controller.ssl.keystore.location={keys}
listener.name.controller.ssl.truststore.type=PEM
listener.name.controller.ssl.truststore.location={ca}
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location={keys}
listener.name.sasl_ssl.ssl.truststore.type=PEM
listener.name.sasl_ssl.ssl.truststore.location={ca}
"""


@dataclass(frozen=True)
class NodeSecurity:
    """How a broker of ours is spoken to. `admin_password`: of the one user that is there from the start and may do everything."""

    protocol: Security
    admin_password: str = field(repr=False)

    def properties(self, home: Path) -> str:
        """The lines that a secured broker has beyond the others. They hold the password."""
        return PROPERTIES.format(
            mechanism=MECHANISM,
            listener=self.protocol,
            admin=ADMIN,
            password=self.admin_password,
            node=NODE,
            keys=home / KEYS,
            ca=home / CA,
        )

    @property
    def first_user(self) -> str:
        """The argument of Kafka's `format` that makes the admin."""
        return f"{MECHANISM}=[name={ADMIN},password={self.admin_password}]"


def write_certificates(home: Path) -> None:
    """A fresh authority and the node's certificate, for both sides of TLS. The authority's key is forgotten: nobody else is ever
    given a certificate, and at the next start there is another authority."""
    authority, node = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Songtor on one machine")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NODE)])
    root = (
        _certificate(issuer, issuer, authority)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(authority, SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    leaf = (
        _certificate(subject, issuer, node)
        .add_extension(names, critical=False)
        .add_extension(both, critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, SHA256())
    )
    key = node.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(home / KEYS, key + leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
    (home / CA).write_bytes(root.public_bytes(Encoding.PEM))


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    found = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    found = found.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + YEARS)
    return found.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
