using System.Text;
using CsCheck;

namespace RedisLite.Lua.Tests;

/// <summary>Any bytes compile or are refused, and what compiles runs within its limits.</summary>
public sealed class ParserFuzzTests
{
    private static readonly string[] Words =
    [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil", "not",
            "or", "repeat",
        "return", "then", "true", "until", "while", "(", ")", "{", "}", "[", "]", "+", "-", "*", "/", "%", "^", "#",
            "==", "~=", "<=", ">=",
        "<", ">", "=", ";", ":", ",", ".", "..", "...", "a", "b", "self", "print", "1", "0x1F", "3.5", "'s'", "\"t\"",
            "[[long]]", "--c\n", "\n",
    ];

    [Fact]
    public void Any_bytes_compile_or_are_refused() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Try(bytes), iter: 20_000);

    [Fact]
    public void Any_words_compile_or_are_refused() =>
        Gen.OneOf<string>(Words).Array[0, 40].Sample(words => Try(Encoding.ASCII.GetBytes(string.Join(' ', words))),
            iter: 20_000);

    [Fact]
    public void Programs_with_words_changed_compile_or_are_refused() =>
        Gen.Select(ProgramGenerator.Program, Gen.Int[0, 1000], Gen.OneOf<string>(Words), Gen.Bool).Sample(
            (program, at, word, isCut) =>
            {
                var words = program.Split(' ');
                words[at % words.Length] = word;
                var text = string.Join(' ', words);
                Try(Encoding.ASCII.GetBytes(isCut ? text[..(at % text.Length)] : text));
            },
            iter: 3_000);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("{", "}")]
    [InlineData("function() return ", " end")]
    [InlineData("- ", "")]
    [InlineData("not ", "")]
    [InlineData("a[", "]")]
    [InlineData("f(", ")")]
    [InlineData("'a' .. ", "")]
    [InlineData("2 ^ ", "")]
    public void Deep_nesting_is_refused(string open, string close)
    {
        var source = "return " + string.Concat(Enumerable.Repeat(open,
            100_000)) + "1" + string.Concat(Enumerable.Repeat(close, 100_000));
        Assert.Throws<LuaSyntaxException>(() => LuaChunk.Compile(Encoding.ASCII.GetBytes(source), "=deep"));
    }

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("a", ".b")]
    [InlineData("a", "()")]
    [InlineData("a", "[1]")]
    [InlineData("a", " and a")]
    [InlineData("a", " == a")]
    public void Long_chains_compile_or_are_refused_on_a_small_stack(string first, string next)
    {
        var source = Encoding.ASCII.GetBytes("local a return " + first + string.Concat(Enumerable.Repeat(next,
            200_000)));
        var thread = new Thread(() => Try(source), maxStackSize: 256 * 1024);
        thread.Start();
        thread.Join();
    }

    private static void Try(byte[] source)
    {
        LuaChunk chunk;
        try
        {
            chunk = LuaChunk.Compile(source, "=fuzz");
        }
        catch (LuaSyntaxException)
        {
            return;
        }
        var runner = new LuaRunner(memoryLimit: 16 << 20);
        var left = 3;
        runner.State.SliceEnded = state =>
        {
            if (--left == 0)
                state.Kill("stopped");
        };
        runner.State.TryCall(runner.State.Load(chunk));
    }
}
