"""One class per capability; the only place that opens transactions. `Services` holds them all."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from db.session import Database
from segmentation.config import Settings

if TYPE_CHECKING:
    from segmentation.services.borderline import BorderlineService
    from segmentation.services.campaigns import CampaignService
    from segmentation.services.comparison import ComparisonService
    from segmentation.services.customers import CustomerService
    from segmentation.services.datasets import DatasetService
    from segmentation.services.editing import EditingService
    from segmentation.services.exploring import ExploreService
    from segmentation.services.exports import ExportService
    from segmentation.services.filters import FilterService
    from segmentation.services.groups import GroupService
    from segmentation.services.identity import IdentityService
    from segmentation.services.imports import ImportService
    from segmentation.services.jobs import JobService
    from segmentation.services.leaderboard import LeaderboardService
    from segmentation.services.maintenance import MaintenanceService
    from segmentation.services.passport import PassportService
    from segmentation.services.profiles import ProfileService
    from segmentation.services.pushes import PushService
    from segmentation.services.recipes import RecipeService
    from segmentation.services.registry import RegistryService
    from segmentation.services.regrouping import RegroupingService
    from segmentation.services.rfm_groups import RfmService
    from segmentation.services.samples import SampleService
    from segmentation.services.scenarios import ScenarioService
    from segmentation.services.scoring import ScoringService
    from segmentation.services.simulation import SimulationService
    from segmentation.services.strategy import StrategyService
    from segmentation.services.studies import StudyService
    from segmentation.services.training import TrainingService
    from segmentation.services.whatif import WhatIfService


class Services:
    """Every service over one store; each is made, and its libraries imported, when first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.url)

    @cached_property
    def datasets(self) -> DatasetService:
        from segmentation.services.datasets import DatasetService

        return DatasetService(self.database, self.settings)

    @cached_property
    def imports(self) -> ImportService:
        from segmentation.services.imports import ImportService

        return ImportService(self.database, self.settings)

    @cached_property
    def exports(self) -> ExportService:
        from segmentation.services.exports import ExportService

        return ExportService(self.database, self.settings)

    @cached_property
    def filters(self) -> FilterService:
        from segmentation.services.filters import FilterService

        return FilterService(self.database, self.settings)

    @cached_property
    def exploring(self) -> ExploreService:
        from segmentation.services.exploring import ExploreService

        return ExploreService(self.database, self.settings)

    @cached_property
    def training(self) -> TrainingService:
        from segmentation.services.training import TrainingService

        return TrainingService(self.database, self.settings)

    @cached_property
    def scoring(self) -> ScoringService:
        from segmentation.services.scoring import ScoringService

        return ScoringService(self.database, self.settings)

    @cached_property
    def profiles(self) -> ProfileService:
        from segmentation.services.profiles import ProfileService

        return ProfileService(self.database, self.settings)

    @cached_property
    def identity(self) -> IdentityService:
        from segmentation.services.identity import IdentityService

        return IdentityService(self.database, self.settings)

    @cached_property
    def editing(self) -> EditingService:
        from segmentation.services.editing import EditingService

        return EditingService(self.database, self.settings)

    @cached_property
    def recipes(self) -> RecipeService:
        from segmentation.services.recipes import RecipeService

        return RecipeService(self.database, self.settings)

    @cached_property
    def studies(self) -> StudyService:
        from segmentation.services.studies import StudyService

        return StudyService(self.database, self.settings)

    @cached_property
    def registry(self) -> RegistryService:
        from segmentation.services.registry import RegistryService

        return RegistryService(self.database, self.settings)

    @cached_property
    def regrouping(self) -> RegroupingService:
        from segmentation.services.regrouping import RegroupingService

        return RegroupingService(self.database, self.settings)

    @cached_property
    def borderline(self) -> BorderlineService:
        from segmentation.services.borderline import BorderlineService

        return BorderlineService(self.database, self.settings)

    @cached_property
    def comparison(self) -> ComparisonService:
        from segmentation.services.comparison import ComparisonService

        return ComparisonService(self.database, self.settings)

    @cached_property
    def customers(self) -> CustomerService:
        from segmentation.services.customers import CustomerService

        return CustomerService(self.database, self.settings)

    @cached_property
    def passports(self) -> PassportService:
        from segmentation.services.passport import PassportService

        return PassportService(self.database, self.settings)

    @cached_property
    def rfm(self) -> RfmService:
        from segmentation.services.rfm_groups import RfmService

        return RfmService(self.database, self.settings)

    @cached_property
    def simulation(self) -> SimulationService:
        from segmentation.services.simulation import SimulationService

        return SimulationService(self.database, self.settings)

    @cached_property
    def strategy(self) -> StrategyService:
        from segmentation.services.strategy import StrategyService

        return StrategyService(self.database, self.settings)

    @cached_property
    def pushes(self) -> PushService:
        from segmentation.services.pushes import PushService

        return PushService(self.database, self.settings, self.simulation, self.customers)

    @cached_property
    def campaigns(self) -> CampaignService:
        from segmentation.services.campaigns import CampaignService

        return CampaignService(self.database, self.settings, self.customers, self.filters, self.exports)

    @cached_property
    def samples(self) -> SampleService:
        from segmentation.services.samples import SampleService

        return SampleService(self.database, self.settings)

    @cached_property
    def jobs(self) -> JobService:
        from segmentation.services.jobs import JobService

        return JobService(self.database, self.settings)

    @cached_property
    def leaderboard(self) -> LeaderboardService:
        from segmentation.services.leaderboard import LeaderboardService

        return LeaderboardService(self.database, self.settings)

    @cached_property
    def maintenance(self) -> MaintenanceService:
        from segmentation.services.maintenance import MaintenanceService

        return MaintenanceService(self.database, self.settings)

    @cached_property
    def whatif(self) -> WhatIfService:
        from segmentation.services.whatif import WhatIfService

        return WhatIfService(self.database, self.settings, self.simulation, self.scoring)

    @cached_property
    def groups(self) -> GroupService:
        from segmentation.services.groups import GroupService

        return GroupService(self.database, self.settings, self.simulation, self.customers, self.filters)

    @cached_property
    def scenarios(self) -> ScenarioService:
        from segmentation.services.scenarios import ScenarioService

        return ScenarioService(self.database, self.simulation, self.whatif, self.groups)

    def close(self) -> None:
        """Close the connections of this process."""
        self.database.dispose()
