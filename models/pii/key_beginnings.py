"""How the keys and tokens of well-known issuers begin, as they publish it, and the form of JSON web tokens."""

from __future__ import annotations

import re
from typing import Final

KNOWN: Final = re.compile(
    r"(?<![a-z0-9])(?:"
    r"(?:akia|asia|abia|acca|a3t[a-z0-9])[a-z2-7]{16}(?![a-z0-9])"
    r"|gh[pousr]_[a-z0-9]{20,255}|github_pat_\w{20,255}"
    r"|gl(?:pat|dt|rt|ptt|ft|imt|agent|oas|soat|cbt|ffct|rtr)-[\w.-]{16,}"
    r"|(?:sk|rk|pk)_(?:live|test|prod)_[a-z0-9]{10,}|whsec_[a-z0-9+/=]{16,}"
    r"|sk-[a-z0-9_-]{16,}|xai-[a-z0-9]{20,}|gsk_[a-z0-9]{20,}|pplx-[a-z0-9]{20,}|r8_[a-z0-9]{20,}"
    r"|xox[a-z]-[a-z0-9-]{10,}|xapp-[0-9]-[a-z0-9-]{10,}"
    r"|aiza[\w-]{35}|ya29\.[\w-]{20,}|gocspx-[\w-]{20,}"
    r"|(?:npm|hf|rubygems|shpat|shpca|shppa|shpss|figd|ntn|sbp|pscale_(?:tkn|pw|oauth)|dop_v1|doo_v1|dor_v1|sntrys|"
    r"dckr_pat|dp\.(?:pt|st|ct|sa|scim)|lin_api|pul|glc|glsa|tfp|fio-u|duffel_(?:test|live)|frp|fo1|fm[12][a-z]?|"
    r"sgp|vcp|phc|phx|rnd|ion|fc|secret|key|ops|sl\.b|sq0[a-z]{3})[_.-](?=[\w.=-]{0,256}?[0-9])[\w.=+/-]{20,}"
    r"|pypi-[\w-]{30,}|dapi[0-9a-f]{32}|nr(?:ak|jx|iq|bs)-[a-z0-9]{20,}|pmak-[0-9a-f-]{40,}"
    r"|sg\.[\w-]{16,}\.[\w-]{16,}|key-[0-9a-z]{32}|xkeysib-[0-9a-z-]{40,}|hv[sbr]\.[\w-]{20,}|"
    r"s\.[a-z0-9]{24}(?![a-z0-9])"
    r"|eaa[a-z0-9]{80,}|atatt3[\w=-]{40,}|atctt3[\w=-]{40,}|ltai[a-z0-9]{16,20}(?![a-z0-9])|akcp[a-z0-9]{60,}"
    r"|age-secret-key-1[a-z0-9]{50,}|hrku-[\w-]{30,}|dt0[a-z][0-9]{2}\.[a-z0-9]{20,}\.[a-z0-9]{40,}"
    r"|[0-9]{8,10}:aa[\w-]{32,35}|[0-9a-z]{14}\.atlasv1\.[\w=-]{40,}|[\w~.]{3}[0-9]q~[\w~.-]{31,34}"
    r"|(?:sk|ac)[0-9a-f]{32}(?![0-9a-z])|a3-[a-z0-9]{6}-(?:[a-z0-9]{11}|[a-z0-9]{6}-[a-z0-9]{5})(?:-[a-z0-9]{5}){3}"
    r"|eyj[\w=-]{8,2000}\.[\w=-]{8,}(?:\.[\w=-]*){0,3}"
    r")"
)
"""In small letters."""
