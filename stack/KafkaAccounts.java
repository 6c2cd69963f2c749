// Brings Kafka's accounts to what kafka_accounts.txt says, in one JVM (each of Kafka's own tools
// would start another).
//
//   java -cp LIBS/* KafkaAccounts.java CLIENT_PROPERTIES ACCOUNTS NODES allow PREFIX... < passwords
//   java -cp LIBS/* KafkaAccounts.java CLIENT_PROPERTIES ACCOUNTS NODES forget PREFIX
//
// Waits until NODES brokers are in the cluster, then makes the rules of ACCOUNTS that are missing,
// for each PREFIX ("" for none); those of topics are for PREFIX + name. Standard input holds "user
// password" lines, from which SCRAM accounts are made or changed: a command line would show them to
// everybody on the machine. With a PREFIX "", rules that are not in ACCOUNTS are removed, except
// those of other prefixes.
//
// forget: deletes the topics PREFIX + name, and their rules unless PREFIX is "".
//
// Exits 1 with a sentence when it cannot.

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialAlteration;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

class KafkaAccounts {
  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    try (FileInputStream in = new FileInputStream(arguments[0])) {
      properties.load(in);
    }
    List<String> prefixes = List.of(arguments).subList(4, arguments.length);
    Set<AclBinding> wanted = new HashSet<>();
    for (String prefix : prefixes) wanted.addAll(read(Path.of(arguments[1]), prefix));
    try (Admin admin = Admin.create(properties)) {
      waitForNodes(admin, Integer.parseInt(arguments[2]));
      if (arguments[3].equals("forget")) {
        forget(admin, wanted, prefixes.get(0));
        return;
      }

      List<UserScramCredentialAlteration> users = new ArrayList<>();
      BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
      for (String line; (line = in.readLine()) != null; ) {
        String[] words = line.split(" ");
        users.add(
            new UserScramCredentialUpsertion(
                words[0], new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 8192), words[1]));
      }
      if (!users.isEmpty()) admin.alterUserScramCredentials(users).all().get(60, TimeUnit.SECONDS);

      Set<AclBinding> existing =
          new HashSet<>(
              admin.describeAcls(AclBindingFilter.ANY).values().get(60, TimeUnit.SECONDS));
      Set<AclBinding> missing = new HashSet<>(wanted);
      missing.removeAll(existing);
      if (!missing.isEmpty()) admin.createAcls(missing).all().get(60, TimeUnit.SECONDS);

      Set<String> principals = new HashSet<>();
      for (AclBinding rule : wanted) principals.add(rule.entry().principal());
      List<AclBindingFilter> surplus = new ArrayList<>();
      for (AclBinding rule : existing) {
        boolean ours = principals.contains(rule.entry().principal());
        boolean prefixed = rule.pattern().name().matches(".+[-.](entries|inbox|refused)");
        if (prefixes.contains("") && !wanted.contains(rule) && !(ours && prefixed))
          surplus.add(rule.toFilter());
      }
      if (!surplus.isEmpty()) admin.deleteAcls(surplus).all().get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      System.err.println("Kafka's accounts could not be set: " + e);
      System.exit(1);
    }
  }

  private static void forget(Admin admin, Set<AclBinding> rules, String prefix) throws Exception {
    Set<String> topics = new HashSet<>();
    List<AclBindingFilter> ofTopics = new ArrayList<>();
    for (AclBinding rule : rules) {
      ResourcePattern pattern = rule.pattern();
      if (pattern.resourceType() != ResourceType.TOPIC || pattern.name().equals("*")) continue;
      topics.add(pattern.name());
      ofTopics.add(rule.toFilter());
    }
    topics.retainAll(admin.listTopics().names().get(60, TimeUnit.SECONDS));
    admin.deleteTopics(topics).all().get(60, TimeUnit.SECONDS);
    if (!prefix.isEmpty()) admin.deleteAcls(ofTopics).all().get(60, TimeUnit.SECONDS);
  }

  private static void waitForNodes(Admin admin, int nodes) throws Exception {
    for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120); ; Thread.sleep(100)) {
      int seen = admin.describeCluster().nodes().get(120, TimeUnit.SECONDS).size();
      if (seen >= nodes) return;
      if (System.nanoTime() > until)
        throw new IllegalStateException(seen + " of " + nodes + " brokers are there");
    }
  }

  private static Set<AclBinding> read(Path file, String prefix) throws Exception {
    Set<AclBinding> rules = new HashSet<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) continue;
      String[] words = line.trim().split("\\s+");
      ResourceType type = ResourceType.valueOf(words[2].toUpperCase(Locale.ROOT));
      String name = words[3];
      if (type == ResourceType.TOPIC && !name.equals("*")) name = prefix + name;
      boolean all =
          name.equals("*"); // A literal "*" is Kafka's word for every resource of the type.
      boolean begins = !all && name.endsWith("*");
      ResourcePattern pattern =
          new ResourcePattern(
              type,
              begins ? name.substring(0, name.length() - 1) : name,
              begins ? PatternType.PREFIXED : PatternType.LITERAL);
      AclOperation operation = AclOperation.valueOf(words[1].toUpperCase(Locale.ROOT));
      rules.add(
          new AclBinding(
              pattern,
              new AccessControlEntry("User:" + words[0], "*", operation, AclPermissionType.ALLOW)));
    }
    return rules;
  }
}
