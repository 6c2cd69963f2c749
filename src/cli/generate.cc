// teller generate: entries that nobody cast, and rules for them.
#include "generate/generate.h"

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "base/grouped.h"
#include "cli/command.h"
#include "cli/open.h"
#include "cli/table.h"
#include "intake/entry_output.h"

namespace teller::cli {
namespace {

struct GenerateArguments {
  std::string home, out, truth, rules, presentation;
  std::string format = "packed";
  GenerateOptions options;
  GenerateRulesOptions make;
};

int run_rules(GenerateArguments& arguments) {
  arguments.make.seed = arguments.options.seed;
  const std::string text = generate_rules(arguments.make);
  if (const auto good = Rules::parse(text, arguments.rules); !good) return report(good.error());
  if (const auto written = write_file(arguments.rules, text); !written) {
    return report(written.error());
  }
  if (arguments.presentation.empty()) return done;
  const auto written = write_file(arguments.presentation, generate_presentation(arguments.make));
  return written ? done : report(written.error());
}

// "ballots.tbat" is ballots.1.tbat, ballots.2.tbat, … when there are several parts.
std::string part_name(const std::string& out, std::uint32_t part, std::uint32_t parts) {
  if (parts == 1) return out;
  const std::size_t slash = out.rfind('/');
  const std::size_t dot = out.rfind('.');
  const std::string number = fmt::format(".{}", part + 1);
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return out + number;
  return out.substr(0, dot) + number + out.substr(dot);
}

int run_generate(GenerateArguments& arguments) {
  GenerateOptions& options = arguments.options;
  const auto home = Home::open(arguments.home);
  if (!home) return report(home.error());
  const Rules& rules = (*home)->rules;
  const CountFile& count = (*home)->count;
  if (count.mode == Mode::live) {
    return report({Remedy::reject, "generate.live",
                   "a live count takes no generated entries; use a count of mode test or demo"});
  }
  options.json = arguments.format == "ndjson";
  std::vector<EntryOutput> outputs;
  for (std::uint32_t part = 0; part < options.parts; ++part) {
    auto output = EntryOutput::open(
        part_name(arguments.out, part, options.parts),
        options.json ? EntryOutput::Format::ndjson : EntryOutput::Format::packed, rules, count.id);
    if (!output) return report(output.error());
    outputs.push_back(std::move(*output));
  }
  std::ofstream truth;
  std::string lines;
  if (!arguments.truth.empty()) {
    truth.open(arguments.truth, std::ios::binary | std::ios::trunc);
    lines = truth_head;
  }
  const auto written = generate(rules, count.id, options, [&](const GeneratedItem& item) {
    if (truth.is_open()) {
      append_truth(lines, item, rules);
      if (lines.size() > (1 << 20)) {
        truth << lines;
        lines.clear();
      }
    }
    EntryOutput& output = outputs[item.part];
    return item.line.empty() ? output.add(item.bytes) : output.add_line(item.line);
  });
  if (!written) return report(written.error());
  for (EntryOutput& output : outputs) {
    if (const auto closed = output.close(); !closed) return report(closed.error());
  }
  if (truth.is_open()) {
    truth << lines;
    truth.close();
    if (!truth) {
      return report({Remedy::stop, "output.unwritable", arguments.truth + ": cannot be written"});
    }
  }
  say(grouped(written->first) + " ballots, " + grouped(written->duplicate) + " duplicates, " +
      grouped(written->conflict) + " conflicts, " + grouped(written->invalid) + " invalid");
  return done;
}

}  // namespace

void add_generate(CLI::App& app) {
  CLI::App* const command = add_command(
      app, "generate", "Make up entries for tests and rehearsals, or rules for them",
      "Examples:\n"
      "  teller generate --write-rules rules.json --contests 5 --units 2000 --seed 7\n"
      "  teller generate --home count --ballots 1000000 --seed 7 --duplicates 0.01 \\\n"
      "    --conflicts 0.001 --invalid 0.001 --out sent.tbat --truth sent.csv\n"
      "The same seed gives the same entries. tests/truth.sql counts the list that --truth writes.");
  const auto arguments = std::make_shared<GenerateArguments>();
  GenerateOptions& options = arguments->options;
  GenerateRulesOptions& make = arguments->make;
  const auto share = [&](const char* name, double& value, const char* help) {
    command->add_option(name, value, help)->check(CLI::Range(0.0, 1.0))->capture_default_str();
  };
  auto* const home = command->add_option("--home", arguments->home, "The count's folder");
  auto* const out = command->add_option(
      "--out", arguments->out, "Where the entries go; - is stdout. With --parts: name.1.ext, …");
  command->add_option("--ballots", options.ballots, "How many; copies and invalid ones on top")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "Another seed, other entries")->capture_default_str();
  share("--duplicates", options.duplicates, "Share that is sent again, later");
  share("--conflicts", options.conflicts, "Share whose id is sent again with other marks, later");
  share("--invalid", options.invalid, "Share of entries that must be refused, each by its code");
  share("--overvotes", options.overvotes, "Share of overvoted contests");
  share("--undervotes", options.undervotes, "Share of undervoted contests");
  share("--blank", options.blank, "Share of contests that are blank as a whole");
  share("--write-ins", options.write_ins, "Share of write-ins, where there may be any");
  command->add_option("--skew", options.skew, "How unequal units and options are; 0: not at all")
      ->check(CLI::Range(0.0, 5.0))
      ->capture_default_str();
  command
      ->add_option("--parts", options.parts,
                   "So many files; a copy is in the file of its first, behind it")
      ->check(CLI::Range(1U, 1'000U))
      ->capture_default_str();
  command->add_option("--format", arguments->format, "Of the entries")
      ->check(CLI::IsMember({"packed", "ndjson"}))
      ->capture_default_str();
  command->add_option("--truth", arguments->truth, "Write the list of what was sent (CSV)");
  auto* const rules =
      command->add_option("--write-rules", arguments->rules, "Instead: write a rules.json");
  command->add_option("--write-presentation", arguments->presentation, "… and a presentation.json")
      ->needs(rules);
  const auto size = [&](const char* name, std::uint32_t& value, const char* help,
                        std::uint32_t least, std::uint32_t most) {
    command->add_option(name, value, help)
        ->needs(rules)
        ->check(CLI::Range(least, most))
        ->capture_default_str();
  };
  size("--contests", make.contests, "Of the rules", 1, 2'000);
  size("--units", make.units, "Polling places of the rules", 1, 1'000'000);
  size("--options", make.options, "Of each contest", 2, 1'000);
  size("--parties", make.parties, "Of the rules", 0, 1'000);
  size("--methods", make.methods, "Of the rules", 1, 255);
  size("--ranked", make.ranked, "So many of the contests are ranked, the last ones", 0, 2'000);
  rules->excludes(home)->excludes(out);
  on_run(command, [arguments] {
    if (!arguments->rules.empty()) return run_rules(*arguments);
    if (arguments->home.empty() || arguments->out.empty()) {
      say("give --home and --out, or --write-rules");
      return usage;
    }
    if (arguments->out == "-" && arguments->options.parts > 1) {
      say("several parts need a file name");
      return usage;
    }
    return run_generate(*arguments);
  });
}

}  // namespace teller::cli
