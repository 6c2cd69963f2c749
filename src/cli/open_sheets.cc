#include "cli/open_sheets.h"

#include "entering/entered_files.h"
#include "entering/entered_sheets.h"
#include "store/store_postgres.h"

namespace teller::cli {

Result<std::uint64_t> open_sheets(const Opened& opened) {
  const Home& home = *opened.home;
  if (opened.config) {
    const auto postgres = need(*opened.config, opened.config->postgres, "postgres");
    if (!postgres) return std::unexpected(postgres.error());
    PostgresStore store(postgres->conninfo_as("teller_publisher"));
    if (auto right = store.open(home.count); !right) return std::unexpected(right.error());
    return store.entered_open();
  }
  EnteredFiles files(home.path / EnteredFiles::folder_name);
  EnteredSheets sheets(files, home.rules);
  if (auto looked = sheets.look(); !looked) return std::unexpected(looked.error());
  return sheets.open_sheets();
}

}  // namespace teller::cli
