#include "cli/program.h"

#include "cli/command.h"

namespace teller::cli {

int run_program(int argc, const char* const* argv) {
  CLI::App app{
      "teller counts votes as they arrive, each exactly once, and lets anyone check the count.",
      "teller"};
  app.set_version_flag("--version", std::string("teller ") + TELLER_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(32);
  app.footer(
      "Begin with:\n"
      "  teller init --home my-count --rules rules.json --mode test\n"
      "  teller serve --home my-count\n"
      "Exit codes: 0 done, 1 a check found something, 2 wrong usage, 3 could not finish.\n"
      "`teller COMMAND --help` shows the options and examples of each.");
  add_init(app);
  add_rules(app);
  add_serve(app);
  add_gateway(app);
  add_api(app);
  add_load(app);
  add_import(app);
  add_feed(app);
  add_mapping(app);
  add_withdraw(app);
  add_deliveries(app);
  add_generate(app);
  add_totals(app);
  add_digest(app);
  add_check(app);
  add_complete(app);
  add_verify(app);
  add_log(app);
  add_prove(app);
  add_keys(app);
  add_topics(app);
  add_publish(app);
  add_inspect(app);
  add_officer(app);
  add_token(app);
  add_decide(app);
  add_enter(app);
  add_resolve(app);
  add_write_ins(app);
  add_zero(app);
  add_report(app);
  add_test_deck(app);
  add_voters(app);
  add_audit(app);
  add_incidents(app);
  add_replay_rejected(app);
  add_resume(app);
  add_reconcile(app);
  add_backup(app);
  add_restore(app);
  add_recover(app);
  add_retire(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong);
    return usage;
  }
  return exit_code();
}

}  // namespace teller::cli
