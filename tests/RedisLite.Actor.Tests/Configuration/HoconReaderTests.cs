using RedisLite.Configuration;
using RedisLite.Configuration.Hocon;

namespace RedisLite.Actor.Tests.Configuration;

public sealed class HoconReaderTests
{
    [Theory]
    [InlineData("a = 1", "1")]
    [InlineData("a : 1", "1")]
    [InlineData("a=1,", "1")]
    [InlineData("{ a = 1 }", "1")]
    [InlineData("{\"a\": \"1\"}", "1")]
    [InlineData("a = one two  three  # comment", "one two  three")]
    [InlineData("a = one // comment", "one")]
    [InlineData("a = \"# no // comment\"", "# no // comment")]
    [InlineData("a = \"say \\\"\\u00e9\\\" \\\\ \\t\"", "say \"é\" \\ \t")]
    [InlineData("a = \"\"\"three \" quotes\nand \\ a line\"\"\"", "three \" quotes\nand \\ a line")]
    [InlineData("a = 5 s\r\n", "5 s")]
    [InlineData("a =\n  1", "1")]
    [InlineData("a = \"x\" y \"z\"", "x y z")]
    [InlineData("a = 1\na = 2", "2")]
    [InlineData("a = /dir/file", "/dir/file")]
    [InlineData("\uFEFFa = 1", "1")]
    public void A_value_is_read_as_the_specification_has_it(string text, string expected)
    {
        var value = Assert.IsType<HoconText>(Resolve(text)["a"]);

        Assert.Equal(expected, value.Text);
    }

    [Fact]
    public void Paths_sections_and_later_fields_join()
    {
        var root = Resolve("""
            a.b.c = 1
            a { b { d = 2 }, "e.f" = 3 }
            a.b.c = 4
            """);

        Assert.Equal("4", Text(root, "a", "b", "c"));
        Assert.Equal("2", Text(root, "a", "b", "d"));
        Assert.Equal("3", Text(root, "a", "e.f"));
    }

    [Fact]
    public void A_list_may_stand_on_several_lines_without_commas()
    {
        var list = Assert.IsType<HoconArray>(Resolve("a = [\n 1\n \"2\", 3 # three\n ]")["a"]);

        Assert.Equal(["1", "2", "3"], list.Items.Cast<HoconText>().Select(item => item.Text));
    }

    [Fact]
    public void Plus_equals_adds_to_a_list_and_starts_one()
    {
        var root = Resolve("a = [1]\na += 2\na += 3\nb += 4");

        Assert.Equal(["1", "2", "3"], Items(root, "a"));
        Assert.Equal(["4"], Items(root, "b"));
    }

    [Fact]
    public void Substitutions_follow_the_last_value_wherever_it_stands()
    {
        var root = Resolve("""
            a = ${b}
            b = 1
            c = before ${b} after
            b = 2
            d { x = 1 }
            e = ${d} { y = 2 }
            f = ${list} [3]
            list = [1, 2]
            """);

        Assert.Equal("2", Text(root, "a"));
        Assert.Equal("before 2 after", Text(root, "c"));
        Assert.Equal("1", Text(root, "e", "x"));
        Assert.Equal("2", Text(root, "e", "y"));
        Assert.Equal(["1", "2", "3"], Items(root, "f"));
    }

    [Fact]
    public void A_substitution_of_its_own_field_means_the_value_before()
    {
        var root = Resolve("path = /bin\npath = ${path}\":/usr/bin\"\nlist = [1]\nlist = ${list} [2]");

        Assert.Equal("/bin:/usr/bin", Text(root, "path"));
        Assert.Equal(["1", "2"], Items(root, "list"));
    }

    [Fact]
    public void A_substitution_reads_the_environment_when_no_key_has_the_name()
    {
        var environment = new Dictionary<string, string> { ["HOME_PORT"] = "7000", ["shadowed"] = "no" };
        var root = HoconResolver.Resolve(
            HoconFiles.Parse(
                "a = ${HOME_PORT}\nb = ${shadowed}\nshadowed = yes\nc = x${?NOT_THERE}\nd = ${?NOT_THERE}",
                "test", "."),
            environment.GetValueOrDefault);

        Assert.Equal("7000", Text(root, "a"));
        Assert.Equal("yes", Text(root, "b"));
        Assert.Equal("x", Text(root, "c"));
        Assert.Null(root["d"]);
    }

    [Fact]
    public void An_optional_substitution_that_finds_nothing_leaves_the_value_before()
    {
        Assert.Equal("1", Text(Resolve("a = 1\na = ${?NOT_THERE}"), "a"));
    }

    [Fact]
    public void Include_reads_a_file_beside_the_one_that_names_it()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(directory.Path, "sub"));
        directory.Write("sub/inner.conf", "b = 2\nc = ${a}");
        directory.Write(
            "sub/outer.conf", "a = 1\ninclude \"inner.conf\"\nx { include required(file(\"inner.conf\")) }");

        var root = HoconResolver.Resolve(
            HoconFiles.Parse("include \"sub/outer.conf\"", "test", directory.Path), _ => null);

        Assert.Equal("2", Text(root, "b"));
        Assert.Equal("1", Text(root, "c"));
        Assert.Equal("2", Text(root, "x", "b"));
    }

    [Fact]
    public void A_field_may_be_called_include()
    {
        Assert.Equal("1", Text(Resolve("include = 1"), "include"));
        Assert.Equal("1", Text(Resolve("include.a = 1"), "include", "a"));
    }

    [Theory]
    [InlineData("a {\n  b = 1\n", "test:1: this '{' is never closed; expected a '}'")]
    [InlineData("a = 1\nb {\n c {\n }\n", "test:2: this '{' is never closed; expected a '}'")]
    [InlineData("a = 1\n}", "test:2: this '}' closes nothing; expected a key")]
    [InlineData("{ a = 1 } b = 2",
        "test:1: found 'b'; expected the end of the file, since its outermost '{' is closed")]
    [InlineData("a = [1, 2\nb = 3", "test:2: '=' cannot stand in a value without quotes; expected \"...\"")]
    [InlineData("a = {} b",
        "test:1: texts, lists and sections cannot be joined to one value; expected parts of one kind")]
    [InlineData("a = 1 }", "test:1: this '}' closes nothing; expected a key")]
    [InlineData("a = [1, 2", "test:1: this '[' is never closed; expected a ']'")]
    [InlineData("a = \"x\nb = 1", "test:1: this string is never closed; expected a '\"'")]
    [InlineData("a = \"\"\"x", "test:1: this string is never closed; expected '\"\"\"'")]
    [InlineData("\n\na 5", "test:3: found the end of the file; expected '=' or '{' after the key 'a 5'")]
    [InlineData("a =", "test:1: found the end of the file; expected a value")]
    [InlineData("a = ,", "test:1: found ','; expected a value")]
    [InlineData("= 1", "test:1: found '='; expected a key")]
    [InlineData("a = *", "test:1: '*' cannot stand in a value without quotes; expected \"...\"")]
    [InlineData("a = ::1", "test:1: ':' cannot stand in a value without quotes; expected \"...\"")]
    [InlineData("a = \"C:\\dir\"", "test:1: '\\d' is no escape in a quoted string; a backslash is written '\\\\'")]
    [InlineData("a = ${b", "test:1: found the end of the file; expected '}' at the end of ${...}")]
    [InlineData("a = ${}", "test:1: found '}'; expected a path in ${...}")]
    [InlineData("\ninclude \"/not/there.conf\"", "test:2: cannot include '/not/there.conf': ")]
    [InlineData("include url(\"http://x\")", "test:1: found 'u'; expected include \"file\"")]
    [InlineData("\na = ${b}",
        "test:2: ${b} refers to nothing; expected a key or an environment variable of that name, or ${?b} if it may "
            + "be missing")]
    [InlineData("a = ${b}\nb = ${a}", "test:1: this value refers to itself through ${...}")]
    [InlineData("a = ${a}", "test:1: ${a} refers to nothing; ")]
    [InlineData("a = x\na = ${a} [1]",
        "test:2: texts, lists and sections cannot be joined to one value; expected parts of one kind")]
    public void What_is_not_HOCON_is_refused_with_its_line(string text, string expected)
    {
        var message = SettingsText.Error(() => Resolve(text));

        Assert.StartsWith(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_text_is_refused_and_never_an_exception_of_another_kind()
    {
        const string Text = """"
            # c
            a { b = [1, "2\u0041", ${?x}], c += 1, "d.e" : yes } // c
            include "nothing"
            f = ${a} { g = """x""" }
            """";
        const string Chars = "{}[]\"=:+,#$\\.\n ax\u00e4";
        var random = new Random(20261123);
        for (var i = 0; i < 20_000; i++)
        {
            var text = new System.Text.StringBuilder(Text);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
                _ = random.Next(2) == 0
                    ? text.Remove(random.Next(text.Length), 1)
                    : text.Insert(random.Next(text.Length), Chars[random.Next(Chars.Length)]);
            try
            {
                HoconResolver.Resolve(
                    HoconParser.Parse(text.ToString(), "test", _ => new HoconObject(new Origin("included"))), _ =>
                        null);
            }
            catch (SettingsException e)
            {
                Assert.StartsWith("test:", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void What_is_written_for_Akka_reads_back_as_it_was()
    {
        var root = Resolve("a { \"b.c\" = [1, \"x \\\" y\", { d = \"\\n\" }], e = \"yes\", \"/f g\" = \"é\" }");

        var again = Resolve(HoconWriter.Write(root));

        Assert.Equal(HoconWriter.Write(root), HoconWriter.Write(again));
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        Assert.Contains("nested deeper", SettingsText.Error(
            () => Resolve(string.Concat(Enumerable.Repeat("a{", 100_000)))), StringComparison.Ordinal);
        Assert.Contains("nested deeper", SettingsText.Error(
            () => Resolve("a=" + new string('[', 100_000))), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_include_each_other_are_refused()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("a.conf", "include \"b.conf\"");
        directory.Write("b.conf", "include \"a.conf\"");

        var message = SettingsText.Error(() => HoconFiles.Parse("include \"a.conf\"", "test", directory.Path));

        Assert.EndsWith("files include each other more than 16 levels deep", message, StringComparison.Ordinal);
    }

    private static HoconObject Resolve(string text) =>
        HoconResolver.Resolve(HoconFiles.Parse(text, "test", Directory.GetCurrentDirectory()), _ => null);

    private static string Text(HoconObject root, params string[] path) =>
        Assert.IsType<HoconText>(root.Find(path)).Text;

    private static IEnumerable<string> Items(HoconObject root, string name) =>
        Assert.IsType<HoconArray>(root[name]).Items.Cast<HoconText>().Select(item => item.Text);
}
