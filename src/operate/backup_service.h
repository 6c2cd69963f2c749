// Backup and restore of the service form: PostgreSQL's own tools for the store, the rest as in
// backup.h. The journal stays in Kafka, where every record is three times; it is not copied.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "operate/backup.h"
#include "settings/config.h"

namespace teller {

// Runs a program that is on the PATH until it ends. Errors: stop program.failed, with the name and
// the last of what it said.
[[nodiscard]] Result<void> run_program(const std::vector<std::string>& arguments);

// As teller_owner, with pg_dump; a voters' roll as the registrar's account, without which a count that has one is not
// backed up. The count may go on meanwhile.
// Errors: as back_up_home(); stop program.failed.
[[nodiscard]] Result<BackupManifest> back_up_service(const Config& config,
                                                     const std::filesystem::path& folder,
                                                     const BackupWanted& wanted);

// Into the database, the home and the segments folder that `config` names; the database must hold
// no count and no roll, the home none or the same one. With pg_restore and psql.
// Errors: reject store.exists, home.exists (it holds another count); as restore_home(); stop
// program.failed.
[[nodiscard]] Result<BackupManifest> restore_service(const Config& config,
                                                     const std::filesystem::path& folder,
                                                     const BackupProgress& progress = {});

}  // namespace teller
