"""The seal (用印) behind an adapter: a marked demonstration seal, or the city's e-seal service by HTTP.

Contract of the HTTP service. We POST JSON to ``ZHENGLING_SEAL_URL`` with ``Authorization: Bearer <token>``::

    {"request_id": "…", "organ": {"code": "431181.medical_insurance", "name": "祁阳市医疗保障局"},
     "signer": "张三", "reason": "祁医保救助〔2022〕1号", "page": 1, "x_mm": 143.4, "y_mm": 248.6,
     "sha256": "<of the PDF, hex>", "pdf": "<base64>"}

``x_mm, y_mm`` is the middle of the seal from the upper left corner of the page. The service answers 200 with
``{"pdf": "<base64 of the signed PDF>", "seal_id": "…"}``, where the PDF has the sent one as its first bytes (an
incremental update), or any other status with ``{"detail": "why"}``. The same ``request_id`` twice is one sealing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.casework.errors import CaseworkError
from zhengling.kernel.documents import organs
from zhengling.kernel.documents.typesetting import SealPlace, draw_stamp
from zhengling.kernel.organisations.models import Organisation

POINTS = 72 / 25.4
STAMP_MM = 42
DEMO_NAME = "Zhengling demonstration seal"


class SealFailed(CaseworkError):
    """The document was not sealed; the message says why and what to do. Nothing has changed."""

    status = 503
    code = "seal_failed"


@dataclass(frozen=True, slots=True)
class SealedPdf:
    """`service` names the adapter, `seal_id` the seal or certificate that was applied."""

    pdf: bytes
    service: str
    seal_id: str


@dataclass(frozen=True, slots=True)
class SealCheck:
    """One signature in a PDF. `intact`: the signed bytes are unchanged; `whole`: nothing was added after it;
    `trusted`: it leads to a certificate this installation knows."""

    signer: str
    reason: str
    intact: bool
    whole: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class SealRequest:
    """A document to seal: where, whose seal, who signed it, its number. One `request_id` is one sealing."""

    pdf: bytes
    place: SealPlace | None
    organ: Organisation
    signer: str
    reason: str
    request_id: str


class SealService(Protocol):
    """What seals a PDF in the name of an organ; raises `SealFailed`."""

    def apply(self, request: SealRequest) -> SealedPdf: ...


def service() -> SealService:
    """The adapter the settings name. Raises `SealFailed` in production without one: a demo seal is no seal."""
    if settings.SEAL_URL:
        return HttpSealService(settings.SEAL_URL, settings.SEAL_TOKEN)
    if settings.CONFIGURATION.production:
        raise SealFailed(_("no e-seal service is configured: set ZHENGLING_SEAL_URL"))
    return DemoSeal(Path(settings.VAR) / "seals")


@dataclass(frozen=True)
class DemoSeal:
    """Draws a red seal that says 演示印章 and signs with a key made on this machine, kept in `folder`."""

    folder: Path

    def apply(self, request: SealRequest) -> SealedPdf:
        from pyhanko.pdf_utils.content import ImportedPdfPage
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import fields, signers
        from pyhanko.stamp import StaticStampStyle

        key, certificate = demo_key(self.folder)
        name, place = organs.legal_name(request.organ), request.place
        spec = fields.SigFieldSpec(
            "Seal", on_page=place.page - 1 if place else 0, box=_box(request.pdf, place)
        )
        metadata = signers.PdfSignatureMetadata(
            field_name="Seal",
            name=f"{name} {request.signer}",
            reason=request.reason,
            subfilter=fields.SigSeedSubFilter.PADES,
        )
        with tempfile.TemporaryDirectory() as folder:
            stamp = Path(folder) / "stamp.pdf"
            stamp.write_bytes(draw_stamp(name, clock.today()))
            style = StaticStampStyle(border_width=0, background=ImportedPdfPage(str(stamp)))
            machine = signers.PdfSigner(
                metadata,
                signer=signers.SimpleSigner.load(str(key), str(certificate)),
                stamp_style=style if place else None,
                new_field_spec=spec,
            )
            output = machine.sign_pdf(IncrementalPdfFileWriter(BytesIO(request.pdf)))
        return SealedPdf(output.getvalue(), "demo", DEMO_NAME)


@dataclass(frozen=True)
class HttpSealService:
    """A city's e-seal service; see the contract above."""

    url: str
    token: str
    timeout: float = 30.0

    def apply(self, request: SealRequest) -> SealedPdf:
        place = request.place
        body = {
            "request_id": request.request_id,
            "organ": {"code": request.organ.code, "name": organs.legal_name(request.organ)},
            "signer": request.signer,
            "reason": request.reason,
            "page": place.page if place else 1,
            "x_mm": round(place.x, 2) if place else None,
            "y_mm": round(place.y, 2) if place else None,
            "sha256": hashlib.sha256(request.pdf).hexdigest(),
            "pdf": base64.b64encode(request.pdf).decode(),
        }
        answer = self._post(body)
        try:
            sealed = base64.b64decode(answer["pdf"], validate=True)
        except (KeyError, TypeError, ValueError):
            raise SealFailed(_("the e-seal service answered without a document")) from None
        if not sealed.startswith(request.pdf) or len(sealed) <= len(request.pdf):
            raise SealFailed(_("the e-seal service returned another document than it was sent"))
        return SealedPdf(sealed, "http", str(answer.get("seal_id", "")))

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is the city's own setting
            self.url,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as response:  # noqa: S310
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise SealFailed(
                _("the e-seal service refused: %(detail)s") % {"detail": _detail(error)}
            ) from None
        except (OSError, ValueError) as error:
            raise SealFailed(_("the e-seal service cannot be reached; try again later")) from error
        return answer if isinstance(answer, dict) else {}


def verify_seals(pdf: bytes) -> list[SealCheck]:
    """Every signature of a PDF, checked. Raises ValueError for bytes that are no PDF."""
    from pyhanko.keys import load_cert_from_pemder
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    folder = Path(settings.VAR) / "seals"
    roots = [load_cert_from_pemder(str(path)) for path in sorted(folder.glob("*.crt"))]
    checks = []
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        for signature in signatures:
            context = ValidationContext(trust_roots=roots, allow_fetching=False)
            status = validate_pdf_signature(signature, signer_validation_context=context)
            checks.append(
                SealCheck(
                    signer=str(signature.sig_object.get("/Name", "")),
                    reason=str(signature.sig_object.get("/Reason", "")),
                    intact=status.intact and status.valid,
                    whole=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
                    trusted=status.trusted,
                )
            )
    except PdfError as error:
        raise ValueError(f"not a readable PDF: {error}") from error
    return checks


def demo_key(folder: Path) -> tuple[Path, Path]:
    """The demonstration key and certificate, made at first use and readable by their owner only."""
    key, certificate = folder / "demo.key", folder / "demo.crt"
    if not certificate.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in zip((key, certificate), _make_key(), strict=True):
            handle, name = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(path)
    return key, certificate


def _make_key() -> tuple[bytes, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, DEMO_NAME)])
    # Real time, not the demo city's: the signature carries it, and readers compare it with their own clock.
    start = datetime.now(UTC) - timedelta(days=1)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=3650))
        .add_extension(usage, critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    return (
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        certificate.public_bytes(serialization.Encoding.PEM),
    )


def _box(pdf: bytes, place: SealPlace | None) -> tuple[int, int, int, int] | None:
    """The stamp's box in PDF points from the lower left corner of its page."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    if place is None:
        return None
    page = PdfFileReader(BytesIO(pdf)).find_page_for_modification(place.page - 1)[0].get_object()
    while "/MediaBox" not in page:
        page = page["/Parent"]
    height = float(page["/MediaBox"][3])
    half = STAMP_MM * POINTS / 2
    x, y = place.x * POINTS, height - place.y * POINTS
    return round(x - half), round(y - half), round(x + half), round(y + half)


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"
