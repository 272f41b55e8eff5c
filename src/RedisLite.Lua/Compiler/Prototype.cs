using System.Text;

namespace RedisLite.Lua.Compiler;

/// <summary>What an operand of an instruction is called in the source, for messages.</summary>
internal readonly record struct OperandName(int Pc, int Operand, string Kind, byte[] Name);

/// <summary>A captured variable: a register of the function around it that holds a cell, or one of its own
/// upvalues.</summary>
internal readonly record struct UpvalueInfo(bool FromRegister, int Index);

/// <summary>A compiled function; immutable and shared by all states and threads.</summary>
internal sealed class Prototype
{
    public required ulong[] Code { get; init; }

    public required LuaValue[] Constants { get; init; }

    public required Prototype[] Functions { get; init; }

    public required UpvalueInfo[] Upvalues { get; init; }

    public required int[] Lines { get; init; }

    /// <summary>Ordered by instruction.</summary>
    public required OperandName[] Names { get; init; }

    public required string ChunkName { get; init; }

    public required int ParameterCount { get; init; }

    public required bool IsVararg { get; init; }

    /// <summary>It wants the table <c>arg</c> in the register after its parameters.</summary>
    public required bool NeedsArg { get; init; }

    /// <summary>It has a local <c>arg</c> after its parameters, a table or nil.</summary>
    public required bool HasArg { get; init; }

    /// <summary>Registers that a frame needs.</summary>
    public required int StackSize { get; init; }

    public required int Line { get; init; }

    /// <summary>The line of an instruction; a jump back to the first leaves the one before it, which is taken for the
    /// first.</summary>
    public int LineAt(int pc) => Lines[Math.Clamp(pc, 0, Lines.Length - 1)];

    /// <summary>The chunk's name and the line of an instruction as messages begin: <c>name:line:</c> and a
    /// blank.</summary>
    public byte[] Position(int pc) => Encoding.UTF8.GetBytes($"{ChunkNames.Show(ChunkName)}:{LineAt(pc)}: ");

    public OperandName? NameOf(int pc, int operand)
    {
        foreach (var name in Names)
        {
            if (name.Pc == pc && name.Operand == operand)
                return name;
        }
        return null;
    }
}
