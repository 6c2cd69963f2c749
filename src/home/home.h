// The home of a count: the folder that `teller init` makes and every program begins with.
//
//   count.json  rules.json  presentation.json   what is counted; read-only afterwards
//   key                                         Ed25519 seed, 0600; read by what signs for the count
//   import.key import.key.sha256 import.key.sources   of `import`
//   journal/  segments/  store.sqlite           embedded form; set-aside/: segments that a recovery moved away
//   deliveries/                                 what was delivered, to be delivered again, and what became of it; 0600
//   voters.sqlite  voters.key  turnout.json     the voters' roll and who came (src/voters; on servers the key alone), 0600; what is left of it
//   published/                                  what has been published
//   earlier-totals/                             figures of earlier hours (src/host/earlier_totals.h)
//   token                                       what owners send and read with over HTTP, 0600
//   address                                     where `teller serve` answers, while it does; 0600
//   officers/                                   tokens of persons (hashed), decisions that wait, 0600; entered/: sheets as two people typed them
//   alarms.state                                which findings of the checks the office was told (--alarm-url), 0600
//   also-published                              a second folder in which it is published, if any
//   name                                        what it is called on its servers, if it has a name
//   lock                                        held by the one process that counts here
//
// 0700: whoever owns it can count it, as the threat model says.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "election/definition.h"
#include "election/presentation.h"
#include "home/new_on_disk.h"
#include "publish/note.h"
#include "settings/config.h"

namespace teller {

// A home whose rules were not read, for callers that need no name out of them: the rules of a nation take a second
// to read, and 200 MB.
struct HomeFolder {
  std::filesystem::path path;
  CountFile count;

  [[nodiscard]] std::filesystem::path store() const { return path / "store.sqlite"; }
  [[nodiscard]] std::filesystem::path journal() const { return path / "journal"; }
  [[nodiscard]] std::filesystem::path segments() const { return path / "segments"; }
  [[nodiscard]] std::filesystem::path earlier_totals() const { return path / "earlier-totals"; }
  [[nodiscard]] std::filesystem::path deliveries() const { return path / "deliveries"; }
  [[nodiscard]] std::filesystem::path officers() const { return path / "officers"; }
  [[nodiscard]] std::filesystem::path published() const { return path / "published"; }
  // A second place for what is published, which a copy of this machine does not set back with it;
  // empty: there is none.
  std::filesystem::path also_published;

  // What whoever can read the home shows a server of this count; made when it is not there yet.
  // Errors: reject home.token_invalid (it is open to others, or no token), and those of files.
  [[nodiscard]] Result<std::string> owner_token() const;

  // The key of this count. Errors: reject key.missing, key.open_to_others, key.other.
  [[nodiscard]] Result<std::unique_ptr<Signer>> signer() const;

  // Checks that its parts belong together, by their hashes.
  // Errors: reject home.none, home.mixed (a file is not the one the count file names), and those
  // of its files.
  [[nodiscard]] static Result<std::unique_ptr<HomeFolder>> open(const std::filesystem::path& path);
  // The home that a teller.toml names, on servers. Errors: also reject count.other: the home's count
  // has another name there. Two counts are mixed up then, and their entries would be next.
  [[nodiscard]] static Result<std::unique_ptr<HomeFolder>> open(const Config& config);
};

struct Home : HomeFolder {
  Rules rules;
  Presentation presentation;

  // Valid for as long as the home lives.
  [[nodiscard]] Definition definition() const { return {&rules, &count}; }

  // The same, and reads them. Errors: also those of rules and presentation.
  [[nodiscard]] static Result<std::unique_ptr<Home>> open(const std::filesystem::path& path);
  [[nodiscard]] static Result<std::unique_ptr<Home>> open(const Config& config);
};

// Where `teller serve` answers for a home to whoever has its token.
struct ServedAt {
  std::string url;
  std::filesystem::path token_file;
};
// Nothing if it does not, or did not say so. A file that a killed server left says nothing, unless
// another process holds the home's lock: ask only after home.locked.
[[nodiscard]] std::optional<ServedAt> served_at(const std::filesystem::path& home);
// Says so for as long as it lives.
class ServedNotice {
 public:
  ServedNotice() = default;
  // Without a notice where the file cannot be written: it is a help, and no more.
  ServedNotice(const std::filesystem::path& home, const std::string& url);
  ~ServedNotice();
  ServedNotice(ServedNotice&&) noexcept;
  ServedNotice& operator=(ServedNotice&&) noexcept;
  ServedNotice(const ServedNotice&) = delete;
  ServedNotice& operator=(const ServedNotice&) = delete;

 private:
  std::filesystem::path file_;
};

struct NewCount {
  std::string rules, rules_name;                // Bytes, and the file's name for messages.
  std::string presentation, presentation_name;  // Empty bytes: a presentation without anything.
  // Where the photos lie that the presentation names; they become a part of it. Empty: nowhere.
  std::filesystem::path photos_in;
  Mode mode = Mode::test;
  std::string label;
  std::uint16_t partitions = 4;
  StepPolicy step;
  std::string publication = "live";
  std::uint32_t small_units = 0;  // Of publication "certified".
  std::vector<Officer> officers;  // Who may decide about it; none: nobody.
  std::uint8_t approvals = 2;
  std::string origin;  // Empty: "teller.invalid/<date>/<first 8 of the id>".
};

// Makes a home in `path`, which must not hold one. Everything is checked before anything is
// written; count.json is written last, so a home is there whole or not at all. It stays if `made` is
// kept.
// Errors: reject home.exists, and those of the parts.
[[nodiscard]] Result<std::unique_ptr<Home>> make_home(const std::filesystem::path& path,
                                                      const NewCount& wanted, NewOnDisk& made);
// The same, and it stays.
[[nodiscard]] Result<std::unique_ptr<Home>> make_home(const std::filesystem::path& path,
                                                      const NewCount& wanted);

// Whether its policy is built there. Errors: reject policy.unsupported: it publishes its certified result alone, and the
// views of PostgreSQL and the indices of Elasticsearch are not closed for good.
[[nodiscard]] Result<void> may_run_on_servers(const CountFile& count);

// Writes down what the home's count is called on its servers. Errors: reject count.other (it is
// called otherwise already); those of files.
[[nodiscard]] Result<void> give_name(const std::filesystem::path& home, const Config& config,
                                     NewOnDisk& made);

}  // namespace teller
