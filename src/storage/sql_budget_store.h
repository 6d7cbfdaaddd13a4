// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "budget/budget_store.h"
#include "storage/database.h"

namespace gatehouse::storage {

/// Counts of budgets in SQL. `database` must outlive it.
class SqlBudgetStore final : public budget::BudgetStore {
  public:
    explicit SqlBudgetStore(Database& database) : database_(database) {}

    Result<budget::LeaseGrant> take(const budget::LeaseRequest& request) override;
    Result<void> give_back(std::string_view owner,
                           std::span<const budget::LeaseReturn> leases) override;
    Result<void> adjust(const budget::CountName& count, std::int64_t delta) override;
    Result<std::vector<budget::LeaseRow>> leases_of(std::string_view owner) override;
    Result<budget::LeaseGrant> take_slots(const budget::SlotRequest& request) override;
    Result<void> renew_slots(std::string_view owner, Timestamp expires_at) override;
    Result<void> drop_slots(std::string_view owner,
                            std::string_view budget,
                            std::string_view key) override;
    Result<void> drop_all_slots(std::string_view owner) override;
    Result<bool> mark_warned(const budget::CountName& count) override;
    Result<std::vector<budget::CountRow>> list(Timestamp now) override;
    Result<void> remove_ended(Timestamp before) override;

  private:
    Database& database_;
};

}  // namespace gatehouse::storage
