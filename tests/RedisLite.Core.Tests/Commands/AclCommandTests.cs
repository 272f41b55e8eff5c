namespace RedisLite.Core.Tests.Commands;

/// <summary>ACL's subcommands.</summary>
public sealed class AclCommandTests
{
    private const string PasswordHash = "30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4";

    [Theory]
    [InlineData("", "ACL WHOAMI", "$7 default")]
    [InlineData("", "ACL USERS", "*1 $7 default")]
    [InlineData("ACL SETUSER b ; ACL SETUSER a", "ACL USERS", "*3 $1 a $1 b $7 default")]
    [InlineData("", "ACL LIST", "*1 $34 user default on nopass ~* &* +@all")]
    [InlineData("", "ACL CAT nosuch", "-ERR Unknown category 'nosuch'")]
    [InlineData("", "ACL CAT transaction", "*5 $7 discard $4 exec $5 multi $7 unwatch $5 watch")]
    [InlineData("", "ACL CAT a b", "-ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.")]
    [InlineData("", "ACL GENPASS 0",
        "-ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096")]
    [InlineData("", "ACL GENPASS x", "-ERR value is not an integer or out of range")]
    [InlineData("", "ACL DELUSER default", "-ERR The 'default' user cannot be removed")]
    [InlineData("ACL SETUSER a", "ACL DELUSER a b", ":1")]
    [InlineData("", "ACL GETUSER nobody", "$-1")]
    [InlineData("", "ACL LOG", "*0")]
    [InlineData("", "ACL LOG x", "-ERR value is not an integer or out of range")]
    [InlineData("", "ACL LOG RESET", "+OK")]
    [InlineData("", "ACL SETUSER \"a b\"", "-ERR Usernames can't contain spaces or null characters")]
    [InlineData("", "ACL DRYRUN nobody GET a", "-ERR User 'nobody' not found")]
    [InlineData("", "ACL DRYRUN default NOSUCH a", "-ERR Command 'NOSUCH' not found")]
    [InlineData("", "ACL DRYRUN default GET", "-ERR wrong number of arguments for 'get' command")]
    [InlineData("", "ACL DRYRUN default GET a", "+OK")]
    [InlineData("ACL SETUSER a", "ACL DRYRUN a GET k", "$53 This user has no permissions to run the 'get' command")]
    [InlineData("ACL SETUSER a +get", "ACL DRYRUN a GET k", "$50 This user has no permissions to access the 'k' key")]
    public void Acl(string given, string command, string reply) => CommandHarness.Check(given, command, reply);

    [Theory]
    [InlineData("ACL LOAD")]
    [InlineData("ACL SAVE")]
    public void Without_a_file_none_is_read_or_written(string command)
    {
        using var harness = new CommandHarness();
        Assert.StartsWith(
            "-ERR This Redis instance is not configured to use an ACL file. ", harness.Run(command),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "off resetchannels -@all")]
    [InlineData("reset", "off sanitize-payload resetchannels -@all")]
    [InlineData("on nopass allkeys allchannels allcommands", "on nopass ~* &* +@all")]
    [InlineData("skip-sanitize-payload", "off skip-sanitize-payload resetchannels -@all")]
    [InlineData(">pw >pw", $"off #{PasswordHash} resetchannels -@all")]
    [InlineData($"#{PasswordHash}", $"off #{PasswordHash} resetchannels -@all")]
    [InlineData(
        ">pw >x <pw !2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "off resetchannels -@all")]
    [InlineData(">pw nopass", "off nopass resetchannels -@all")]
    [InlineData("nopass >pw", $"off #{PasswordHash} resetchannels -@all")]
    [InlineData("~a ~b ~a %R~a %W~c %R~c %RW~d %r~e", "off ~a ~b ~c ~d %R~e resetchannels -@all")]
    [InlineData("~a allkeys resetkeys %W~x", "off %W~x resetchannels -@all")]
    [InlineData("&a &b &a", "off resetchannels &a &b -@all")]
    [InlineData("+get +set -get", "off resetchannels -@all +set")]
    [InlineData("+select|0 +SELECT|1 +select|0", "off resetchannels -@all +select|0 +select|1")]
    [InlineData("+select|0 +select", "off resetchannels -@all +select")]
    [InlineData("+client -client|id", "off resetchannels -@all +client -client|id")]
    [InlineData("+client|id", "off resetchannels -@all +client|id")]
    [InlineData("+@all -@hash +hget", "off resetchannels +@all -@hash +hget")]
    [InlineData("+@read +@transaction", "off resetchannels -@all +@read +@transaction")]
    [InlineData(
        "(+get ~x) (+set ~y)", "off resetchannels -@all (~x resetchannels -@all +get) (~y resetchannels -@all +set)")]
    [InlineData(
        "limit-bytes:5 LIMIT-COMMANDS:7 limit-clients:0", "off limit-commands:7 limit-bytes:5 resetchannels -@all")]
    [InlineData("limit-clients:3 limit-bytes:5 limit-bytes:0", "off limit-clients:3 resetchannels -@all")]
    [InlineData("limit-commands:3 reset", "off sanitize-payload resetchannels -@all")]
    [InlineData("(+get ~x) +set clearselectors", "off resetchannels -@all +set")]
    [InlineData("\"(+get\" \"~x)\"", "off resetchannels -@all (~x resetchannels -@all +get)")]
    public void Rules_are_listed_as_Redis_lists_them(string rules, string listed)
    {
        using var harness = new CommandHarness();
        harness.Given($"ACL SETUSER u {rules}");
        var users = harness.Services.Access.Users;

        Assert.Equal($"u {listed}", users.Describe(users.Find("u")!));

        // What is listed gives the same rules again.
        harness.Given("ACL SETUSER v " + Quoted(listed));
        Assert.Equal($"v {listed}", users.Describe(users.Find("v")!));
    }

    [Theory]
    [InlineData("~* ~x", "~x", "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid")]
    [InlineData("&* &x", "&x", "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid")]
    [InlineData("<x", "<x", "The password you are trying to remove from the user does not exist")]
    [InlineData("#x", "#x", "The password hash must be exactly 64 characters")]
    [InlineData("+nosuch", "+nosuch", "Unknown command or category name in ACL")]
    [InlineData("+@nosuch", "+@nosuch", "Unknown command or category name in ACL")]
    [InlineData("+config|nosuch", "+config|nosuch", "Unknown command or category name in ACL")]
    [InlineData("-select|0", "-select|0", "Unknown command or category name in ACL")]
    [InlineData("+set|", "+set|", "Syntax error")]
    [InlineData("+config|get|x", "+config|get|x", "Allowing first-arg of a subcommand is not supported")]
    [InlineData("%X~a", "%X~a", "Syntax error")]
    [InlineData("%~a", "%~a", "Syntax error")]
    [InlineData("%RR~a", "%RR~a", "Syntax error")]
    [InlineData("\"~a b\"", "~a b", "Syntax error")]
    [InlineData("(>pw)", "(>pw)", "Syntax error")]
    [InlineData("limit-commands:-1", "limit-commands:-1", "A limit is limit-commands, limit-bytes or limit-clients")]
    [InlineData("limit-what:1", "limit-what:1", "A limit is limit-commands, limit-bytes or limit-clients")]
    [InlineData("limit-bytes", "limit-bytes", "A limit is limit-commands, limit-bytes or limit-clients")]
    public void A_rule_that_is_wrong_is_named_and_none_is_applied(string rules, string wrong, string reason)
    {
        using var harness = new CommandHarness();
        harness.Given("ACL SETUSER u on");
        Assert.StartsWith(
            $"-ERR Error in ACL SETUSER modifier '{wrong}': {reason}",
            harness.Run($"ACL SETUSER u off {rules}"),
            StringComparison.Ordinal);
        Assert.Contains("u on resetchannels -@all", harness.Run("ACL LIST"), StringComparison.Ordinal);
        Assert.Equal(
            "-ERR Unmatched parenthesis in acl selector starting at '(+get'.",
            harness.Run("ACL SETUSER u on (+get +set"));
    }

    /// <summary>Each selector as one argument.</summary>
    internal static string Quoted(string rules) =>
        rules.Replace("(", "\"(", StringComparison.Ordinal).Replace(")", ")\"", StringComparison.Ordinal);

    [Fact]
    public void GetUser_tells_all_of_a_user()
    {
        using var harness = new CommandHarness();
        harness.Given("HELLO 3 ; ACL SETUSER u on >pw ~a* %R~b &c +get \"(+set ~x)\"");
        Assert.Equal(
            $"%6 $5 flags ~1 $2 on $9 passwords *1 $64 {PasswordHash} $8 commands $10 -@all +get $4 keys $8 ~a* %R~b "
            + "$8 channels $2 &c $9 selectors *1 %3 $8 commands $10 -@all +set $4 keys $2 ~x $8 channels $0 ",
            harness.Run("ACL GETUSER u"));
    }

    [Fact]
    public void Generated_passwords_have_as_many_bits_as_are_asked_for()
    {
        using var harness = new CommandHarness();
        Assert.Matches("^\\$64 [0-9a-f]{64}$", harness.Run("ACL GENPASS"));
        Assert.Matches("^\\$2 [0-9a-f]{2}$", harness.Run("ACL GENPASS 5"));
        Assert.Matches("^\\$1024 [0-9a-f]{1024}$", harness.Run("ACL GENPASS 4096"));
        Assert.NotEqual(harness.Run("ACL GENPASS"), harness.Run("ACL GENPASS"));
    }

    [Fact]
    public void New_users_may_use_all_channels_where_the_configuration_says_so()
    {
        using var harness = new CommandHarness();
        harness.Options.AclPubSubDefaultAllChannels = true;
        harness.Given("ACL SETUSER u ; ACL SETUSER u (+get) ; ACL SETUSER v resetchannels");
        Assert.Contains("user u off &* -@all (&* -@all +get)", harness.Run("ACL LIST"), StringComparison.Ordinal);
        Assert.Contains("user v off resetchannels -@all", harness.Run("ACL LIST"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ACL HELP", "*29 +ACL <subcommand> ")]
    [InlineData("ACL CAT", "*21 $8 keyspace $4 read ")]
    [InlineData("ACL LOG 5", "*0")]
    [InlineData("ACL DRYRUN default PING", "+OK")]
    public void Answers_begin_as_expected(string command, string reply)
    {
        using var harness = new CommandHarness();
        Assert.StartsWith(reply, harness.Run(command), StringComparison.Ordinal);
    }
}
