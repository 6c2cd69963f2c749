#include "decide/persons_file.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/utf8.h"
#include "election/decisions.h"
#include "settings/toml_file.h"

namespace teller {
namespace {

constexpr std::string_view persons_version = "persons/1";
constexpr std::uint64_t persons_bytes_max = std::uint64_t{1} << 20;
constexpr std::size_t address_bytes_max = 500;

// "a.b" and "\"https://a.b/c\".d" as names; empty when it is neither.
std::vector<std::string> names_of_claim(std::string_view text) {
  std::vector<std::string> names;
  while (true) {
    std::size_t end;
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      end = text.find('"');
      if (end == std::string_view::npos) return {};
      names.emplace_back(text.substr(0, end));
      text.remove_prefix(end + 1);
    } else {
      end = std::min(text.find_first_of(".\""), text.size());
      names.emplace_back(text.substr(0, end));
      text.remove_prefix(end);
    }
    if (names.back().empty()) return {};
    if (text.empty()) return names;
    if (!text.starts_with('.')) return {};
    text.remove_prefix(1);
  }
}

void read_provider_roles(const TomlTable& table, IdentityProvider& out) {
  const auto roles_table = table.table("roles", Need::required);
  if (!roles_table) return;
  for (const std::string& group : roles_table->keys()) {
    std::string name;
    if (!roles_table->text(group, name, Need::required)) continue;
    const auto role = role_named(name);
    if (!role) {
      roles_table->fault(group, fmt::format("is \"{}\", which is no role of "
                                            "docs/reference/roles.md",
                                            name));
      continue;
    }
    out.roles.emplace(group, *role);
  }
}

void read_provider(const TomlTable& table, const std::filesystem::path& folder,
                   IdentityProvider& out) {
  std::string ca;
  if (table.text("issuer", out.issuer, Need::required) && !split_address(out.issuer)) {
    table.fault("issuer",
                "must be like https://login.example/realms/office (http: only to this "
                "machine)");
  }
  table.text("audience", out.audience, Need::required);
  if (table.text("roles_claim", out.roles_claim_text, Need::required)) {
    out.roles_claim = names_of_claim(out.roles_claim_text);
    if (out.roles_claim.empty() || out.roles_claim.size() > 8) {
      table.fault("roles_claim",
                  "must be names with dots between them, as realm_access.roles; a "
                  "name with dots in it stands in double quotes");
    }
  }
  if (table.text("ca", ca, Need::not_empty)) out.ca = folder / ca;
  table.number("hours_max", out.hours_max, 1, 24 * 31);
  table.number("keys_again_s", out.keys_again_s, 1, 3600);
  read_provider_roles(table, out);
}

}  // namespace

std::optional<ProviderAddress> split_address(std::string_view url) {
  const bool is_plain = url.starts_with("http://");
  if (!is_plain && !url.starts_with("https://")) return std::nullopt;
  const bool is_odd = std::ranges::any_of(url, [](char c) {
    return c <= ' ' || c > '~' || std::string_view("?#@\\\"<>^`{|}").contains(c);
  });
  if (is_odd || url.size() > address_bytes_max) return std::nullopt;
  const std::size_t host_at = is_plain ? 7 : 8;
  const std::size_t end = std::min(url.find('/', host_at), url.size());
  const std::string_view host = url.substr(host_at, end - host_at);
  if (host.empty()) return std::nullopt;
  if (is_plain) {
    const std::array<std::string_view, 3> here{"127.0.0.1", "localhost", "[::1]"};
    if (std::ranges::none_of(here, [&](std::string_view name) {
          return host == name ||
                 (host.starts_with(name) && host.substr(name.size()).starts_with(':'));
        })) {
      return std::nullopt;
    }
  }
  return ProviderAddress{std::string(url.substr(0, end)), std::string(url.substr(end))};
}

Result<IdentityProvider> parse_persons(std::string_view text, const std::filesystem::path& path) {
  auto file = TomlFile::parse(text, path.string(), "persons.invalid");
  if (!file) return std::unexpected(file.error());
  IdentityProvider provider;
  const TomlTable root = file->root();
  std::string version;
  if (root.text("teller", version, Need::required) && version != persons_version) {
    root.fault("teller", fmt::format("must be \"{}\"", persons_version));
  }
  if (const auto table = root.table("provider", Need::required)) {
    read_provider(*table, path.parent_path(), provider);
  }
  if (auto good = file->finish(); !good) return std::unexpected(good.error());
  return provider;
}

Result<IdentityProvider> read_persons(const std::filesystem::path& path) {
  const auto text = read_file(path, persons_bytes_max);
  if (!text) return fail(Remedy::reject, "persons.invalid", text.error().detail);
  return parse_persons(*text, path);
}

}  // namespace teller
