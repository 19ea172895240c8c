"""Icons that tell risks apart for those who can not by colour."""

from typing import Final

from handlers.schema import RiskLevel

RISK_ICONS: Final[dict[RiskLevel, str]] = {
    "Low": "check-circle-fill",
    "Moderate": "exclamation-triangle-fill",
    "High": "exclamation-octagon-fill",
}
#: In place of the risk's, where the result should not be relied on.
DOUBT_ICON: Final = "question-circle"
