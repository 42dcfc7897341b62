"""Identifiers: a prefix that names the kind, then a UUIDv7 in 32 hexadecimal digits (`acc_0197…`).

The patterns accept any short alphanumeric tail, because clients that work offline make ids themselves and because
an id that was never issued is simply absent, not malformed.
"""

from typing import Annotated

from pydantic import StringConstraints

_TAIL = r"[0-9A-Za-z]{1,48}$"


AccountId = Annotated[str, StringConstraints(pattern=r"^acc_" + _TAIL)]
DepartmentId = Annotated[str, StringConstraints(pattern=r"^dep_" + _TAIL)]
ContactId = Annotated[str, StringConstraints(pattern=r"^con_" + _TAIL)]
AffiliationId = Annotated[str, StringConstraints(pattern=r"^aff_" + _TAIL)]
QualificationId = Annotated[str, StringConstraints(pattern=r"^qua_" + _TAIL)]
InfluenceId = Annotated[str, StringConstraints(pattern=r"^inf_" + _TAIL)]
UnitId = Annotated[str, StringConstraints(pattern=r"^unt_" + _TAIL)]
EmployeeId = Annotated[str, StringConstraints(pattern=r"^emp_" + _TAIL)]
PositionId = Annotated[str, StringConstraints(pattern=r"^pos_" + _TAIL)]
HandoverId = Annotated[str, StringConstraints(pattern=r"^hnd_" + _TAIL)]
LineId = Annotated[str, StringConstraints(pattern=r"^lin_" + _TAIL)]
AlignmentId = Annotated[str, StringConstraints(pattern=r"^aln_[0-9A-Za-z_]{1,120}$")]
RealignmentId = Annotated[str, StringConstraints(pattern=r"^rea_" + _TAIL)]
PublicationId = Annotated[str, StringConstraints(pattern=r"^pub_" + _TAIL)]
VisitId = Annotated[str, StringConstraints(pattern=r"^vis_" + _TAIL)]
ProductId = Annotated[str, StringConstraints(pattern=r"^prd_" + _TAIL)]
MaterialId = Annotated[str, StringConstraints(pattern=r"^itm_" + _TAIL)]
LotId = Annotated[str, StringConstraints(pattern=r"^lot_" + _TAIL)]
LocationId = Annotated[str, StringConstraints(pattern=r"^loc_" + _TAIL)]
MovementId = Annotated[str, StringConstraints(pattern=r"^mov_" + _TAIL)]
BalanceId = Annotated[str, StringConstraints(pattern=r"^bal_[0-9A-Za-z_]{1,120}$")]
DisbursementId = Annotated[str, StringConstraints(pattern=r"^dsb_" + _TAIL)]
ImportId = Annotated[str, StringConstraints(pattern=r"^imp_" + _TAIL)]
AttributeId = Annotated[str, StringConstraints(pattern=r"^atr_" + _TAIL)]
ClearanceId = Annotated[str, StringConstraints(pattern=r"^clr_" + _TAIL)]
NoteId = Annotated[str, StringConstraints(pattern=r"^nte_" + _TAIL)]
AttachmentId = Annotated[str, StringConstraints(pattern=r"^att_" + _TAIL)]
AccountPlanId = Annotated[str, StringConstraints(pattern=r"^apl_" + _TAIL)]
ChangeRequestId = Annotated[str, StringConstraints(pattern=r"^crq_" + _TAIL)]
EvidenceId = Annotated[str, StringConstraints(pattern=r"^evd_" + _TAIL)]
CareCaseId = Annotated[str, StringConstraints(pattern=r"^car_" + _TAIL)]
CarePlanId = Annotated[str, StringConstraints(pattern=r"^cpl_" + _TAIL)]
ScoreModelId = Annotated[str, StringConstraints(pattern=r"^scm_" + _TAIL)]
ScoreId = Annotated[str, StringConstraints(pattern=r"^sco_" + _TAIL)]
ScoreRunId = Annotated[str, StringConstraints(pattern=r"^scr_" + _TAIL)]
ScoreOverrideId = Annotated[str, StringConstraints(pattern=r"^sov_" + _TAIL)]
EvaluationInputId = Annotated[str, StringConstraints(pattern=r"^evi_" + _TAIL)]
