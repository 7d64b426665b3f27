"""Tables: what is stored. No queries and no business rules here.

The typed tables of a dataset (``customers_<slug>``) are made from its ``attribute`` rows by
``db.customers``, not here and not by Alembic.
"""

from db.models.campaigns import Campaign, CampaignMember
from db.models.common import BATCH_STATUSES, JOB_STATUSES, KINDS, RISKS, ROLES, STRATEGY_STATUSES
from db.models.datasets import Attribute, Correlation, Dataset, SavedFilter, Summary
from db.models.imports import FileFormat, ImportBatch, ImportProblem
from db.models.scenarios import SCENARIO_KINDS, Scenario, ScenarioResult
from db.models.segments import (
    Assignment,
    ProjectionPoint,
    RunSegment,
    ScoringRun,
    Segment,
    SegmentIdentity,
    SegmentProfile,
    Strategy,
    StrategyChange,
)
from db.models.training import ModelAlias, ModelArtifact, ModelVersion, Recipe
from db.models.work import AuditEvent, Job, Worker

__all__ = [
    "BATCH_STATUSES",
    "JOB_STATUSES",
    "KINDS",
    "RISKS",
    "ROLES",
    "SCENARIO_KINDS",
    "STRATEGY_STATUSES",
    "Assignment",
    "Attribute",
    "AuditEvent",
    "Campaign",
    "CampaignMember",
    "Correlation",
    "Dataset",
    "FileFormat",
    "ImportBatch",
    "ImportProblem",
    "Job",
    "ModelAlias",
    "ModelArtifact",
    "ModelVersion",
    "ProjectionPoint",
    "Recipe",
    "RunSegment",
    "SavedFilter",
    "Scenario",
    "ScenarioResult",
    "ScoringRun",
    "Segment",
    "SegmentIdentity",
    "SegmentProfile",
    "Strategy",
    "StrategyChange",
    "Summary",
    "Worker",
]
