#include "home/home.h"

#include <utility>

#include <sys/stat.h>

#include "base/file.h"
#include "base/random.h"

namespace teller {

namespace fs = std::filesystem;

namespace {

// What lies in a home, as it was read.
struct Files {
  std::string rules, presentation;
};

std::unexpected<Error> mixed(const fs::path& file) {
  return fail(Remedy::reject, "home.mixed",
              file.string() + " is not the file this count was made with");
}

Result<Files> read_folder(HomeFolder& home, const fs::path& path) {
  const auto count_text = read_file(path / "count.json", CountFile::file_bytes_max);
  if (!count_text) {
    return fail(Remedy::reject, "home.none",
                path.string() + " holds no count; make one with: teller init --home " +
                    path.string() + " --rules RULES.json");
  }
  home.path = path;
  auto count = CountFile::parse(*count_text, (path / "count.json").string());
  if (!count) return std::unexpected(count.error());
  home.count = std::move(*count);
  auto rules = read_file(path / "rules.json", Rules::file_bytes_max);
  if (!rules) return std::unexpected(rules.error());
  auto presentation = read_file(path / "presentation.json", Presentation::file_bytes_max);
  if (!presentation) return std::unexpected(presentation.error());
  if (auto elsewhere = read_file(path / "also-published"); elsewhere) {
    while (elsewhere->ends_with('\n')) elsewhere->pop_back();
    home.also_published = *elsewhere;
  } else if (elsewhere.error().code != Code("file.missing")) {
    return std::unexpected(elsewhere.error());
  }
  return Files{std::move(*rules), std::move(*presentation)};
}

}  // namespace

Result<std::unique_ptr<HomeFolder>> HomeFolder::open(const fs::path& path) {
  auto home = std::make_unique<HomeFolder>();
  const auto files = read_folder(*home, path);
  if (!files) return std::unexpected(files.error());
  if (sha256(as_bytes(files->rules)) != home->count.rules) return mixed(path / "rules.json");
  if (sha256(as_bytes(files->presentation)) != home->count.presentation) {
    return mixed(path / "presentation.json");
  }
  return home;
}

Result<std::unique_ptr<Home>> Home::open(const fs::path& path) {
  auto home = std::make_unique<Home>();
  const auto files = read_folder(*home, path);
  if (!files) return std::unexpected(files.error());
  auto rules = Rules::parse(files->rules, (path / "rules.json").string());
  if (!rules) return std::unexpected(rules.error());
  home->rules = std::move(*rules);
  if (home->rules.hash() != home->count.rules) return mixed(path / "rules.json");
  auto presentation =
      Presentation::parse(files->presentation, (path / "presentation.json").string(), home->rules);
  if (!presentation) return std::unexpected(presentation.error());
  home->presentation = std::move(*presentation);
  if (home->presentation.hash() != home->count.presentation) {
    return mixed(path / "presentation.json");
  }
  return home;
}

namespace {

// What the count of a home is called on its servers; empty: it has no name there.
Result<std::string> name_of(const fs::path& home) {
  auto name = read_file(home / "name");
  if (!name && name.error().code == Code("file.missing")) return "";
  while (name && name->ends_with('\n')) name->pop_back();
  return name;
}

std::unexpected<Error> called_otherwise(const Config& config, const std::string& name) {
  const auto shown = [](const std::string& of) { return of.empty() ? "none" : '"' + of + '"'; };
  return fail(Remedy::reject, "count.other",
              "[count] of " + config.file.string() + " has the name " + shown(config.count.name) +
                  ", the count in " + config.count.home.string() + " has " + shown(name));
}

Result<void> check_on_servers(const Config& config, const CountFile& count) {
  if (auto may = may_run_on_servers(count); !may) return may;
  const auto name = name_of(config.count.home);
  if (!name) return std::unexpected(name.error());
  if (*name != config.count.name) return called_otherwise(config, *name);
  return {};
}

}  // namespace

Result<std::unique_ptr<HomeFolder>> HomeFolder::open(const Config& config) {
  auto home = open(config.count.home);
  if (!home) return home;
  if (auto same = check_on_servers(config, (*home)->count); !same)
    return std::unexpected(same.error());
  return home;
}

Result<std::unique_ptr<Home>> Home::open(const Config& config) {
  auto home = open(config.count.home);
  if (!home) return home;
  if (auto same = check_on_servers(config, (*home)->count); !same)
    return std::unexpected(same.error());
  return home;
}

Result<void> may_run_on_servers(const CountFile& count) {
  if (count.small_units == 0) return {};
  return fail(Remedy::reject, "policy.unsupported",
              "a count on servers cannot withhold small units yet: make it with --home, or with "
              "another --publication");
}

Result<void> give_name(const fs::path& home, const Config& config, NewOnDisk& made) {
  const auto name = name_of(home);
  if (!name) return std::unexpected(name.error());
  if (*name == config.count.name) return {};
  if (!name->empty()) return called_otherwise(config, *name);
  made.file(home / "name");
  return write_file(home / "name", as_bytes(config.count.name + "\n"));
}

Result<std::unique_ptr<Signer>> HomeFolder::signer() const {
  const fs::path file = path / "key";
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) {
    return fail(Remedy::reject, "key.missing",
                file.string() + " is not here; only the publisher's machine holds the key");
  }
  if ((info.st_mode & 077) != 0) {
    return fail(Remedy::reject, "key.open_to_others",
                file.string() +
                    " can be read by others; chmod 600 it, and think about who has "
                    "read it");
  }
  const auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  std::array<std::uint8_t, 32> seed;
  if (text->size() != 65 || !from_hex(std::string_view(*text).substr(0, 64), seed)) {
    return fail(Remedy::reject, "key.missing", file.string() + " is not a key");
  }
  auto signer = std::make_unique<Signer>(count.origin, seed);
  if (signer->verifier_key() != count.public_key) {
    return fail(Remedy::reject, "key.other", file.string() + " is the key of another count");
  }
  return signer;
}

Result<std::string> HomeFolder::owner_token() const {
  const fs::path file = path / "token";
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) {
    std::string token = to_hex(random_bytes());
    if (auto written = write_file(file, as_bytes(token + "\n"), 0600); !written)
      return std::unexpected(written.error());
    return token;
  }
  auto text = read_file(file);
  if (!text) return std::unexpected(text.error());
  while (text->ends_with('\n')) text->pop_back();
  if ((info.st_mode & 077) != 0 || text->size() < 32) {
    return fail(Remedy::reject, "home.token_invalid",
                file.string() + " can be read by others, or is no token; remove it, and the next " +
                    "start makes another one");
  }
  return text;
}

std::optional<ServedAt> served_at(const fs::path& home) {
  auto url = read_file(home / "address");
  if (!url) return std::nullopt;
  while (url->ends_with('\n')) url->pop_back();
  return ServedAt{.url = *std::move(url), .token_file = home / "token"};
}

ServedNotice::ServedNotice(const fs::path& home, const std::string& url) {
  const fs::path file = home / "address";
  if (write_file(file, as_bytes(url + "\n"), 0600)) file_ = file;
}

ServedNotice::~ServedNotice() {
  std::error_code ignored;
  if (!file_.empty()) fs::remove(file_, ignored);
}

ServedNotice::ServedNotice(ServedNotice&& other) noexcept : file_(std::exchange(other.file_, {})) {}

ServedNotice& ServedNotice::operator=(ServedNotice&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

Result<std::unique_ptr<Home>> make_home(const fs::path& path, const NewCount& wanted) {
  NewOnDisk made;
  auto home = make_home(path, wanted, made);
  if (home) made.keep_all();
  return home;
}

namespace {

// As given, and with the photos that lie beside it.
Result<Presentation> presentation_of(const NewCount& wanted, const Rules& rules) {
  auto given = Presentation::parse(
      wanted.presentation.empty() ? "{\"teller\": \"presentation/1\"}\n" : wanted.presentation,
      wanted.presentation_name, rules);
  if (!given || wanted.photos_in.empty()) return given;
  std::map<std::string, std::string> photos;
  for (const std::string& name : given->photos_beside()) {
    auto bytes = read_file(wanted.photos_in / name, Presentation::photo_bytes_max);
    if (!bytes) return std::unexpected(bytes.error());
    photos.emplace(name, std::move(*bytes));
  }
  const auto whole = Presentation::with_photos(given->bytes, photos);
  if (!whole) return std::unexpected(whole.error());
  return Presentation::parse(*whole, wanted.presentation_name, rules);
}

}  // namespace

Result<std::unique_ptr<Home>> make_home(const fs::path& path, const NewCount& wanted,
                                        NewOnDisk& made) {
  if (fs::exists(path / "count.json")) {
    return fail(Remedy::reject, "home.exists",
                path.string() +
                    " holds a count already; choose another folder, or remove it if "
                    "you are sure that nobody needs it");
  }
  auto rules = Rules::parse(wanted.rules, wanted.rules_name);
  if (!rules) return std::unexpected(rules.error());
  auto presentation = presentation_of(wanted, *rules);
  if (!presentation) return std::unexpected(presentation.error());

  CountFile count;
  const auto random = random_bytes();
  std::copy_n(random.begin(), count.id.bytes.size(), count.id.bytes.begin());
  count.mode = wanted.mode;
  count.label = wanted.label;
  count.rules = rules->hash();
  count.presentation = presentation->hash();
  count.partitions = wanted.partitions;
  count.step = wanted.step;
  count.publication = wanted.publication;
  count.small_units = wanted.small_units;
  count.officers = wanted.officers;
  count.approvals = wanted.approvals;
  count.origin = wanted.origin.empty()
                     ? "teller.invalid/" + rules->date + "/" + count.id.hex().substr(0, 8)
                     : wanted.origin;
  if (count.origin.find_first_of(" +\n\t\r") != std::string::npos) {
    return fail(Remedy::reject, "count_file.invalid",
                "an origin has no space and no plus, like election.example/2026/president");
  }
  const auto seed = random_bytes();
  count.public_key = Signer(count.origin, seed).verifier_key();
  count.seal();
  // Read back at once: what we write must be what we accept.
  auto again = CountFile::parse(count.bytes, "count.json");
  if (!again) return std::unexpected(again.error());

  if (auto there = made.folders(path, 0700); !there) return std::unexpected(there.error());
  if (::chmod(path.c_str(), 0700) != 0) return std::unexpected(file_error(path, "chmod"));
  const std::string key = to_hex(ByteView(seed)) + "\n";
  struct {
    const char* name;
    std::string_view bytes;
    unsigned mode;
  } const files[] = {{"key", key, 0600},
                     {"rules.json", wanted.rules, 0644},
                     {"presentation.json", presentation->bytes, 0644},
                     {"count.json", count.bytes, 0644}};
  for (const auto& file : files) {
    made.file(path / file.name);
    if (auto written = write_file(path / file.name, as_bytes(file.bytes), file.mode); !written) {
      return std::unexpected(written.error());
    }
  }
  auto home = std::make_unique<Home>();
  home->path = path;
  home->count = std::move(*again);
  home->rules = std::move(*rules);
  home->presentation = std::move(*presentation);
  return home;
}

}  // namespace teller
