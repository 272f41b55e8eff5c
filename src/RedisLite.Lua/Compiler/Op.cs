namespace RedisLite.Lua.Compiler;

/// <summary>The operations of the machine.</summary>
/// <remarks>
/// <code>
///     bits   0..7    8..15   16..31   32..63
///            op      A       B        C
/// </code>
/// R(x) is a register of the frame, K(x) a constant, U(x) a captured variable. RK(C) is R(C), or K(~C) if C is
/// negative. A count of "n + 1" is 0 where all values up to the top of the stack are meant.
/// </remarks>
internal enum Op : byte
{
    Move,         // R(A) = R(B)
    LoadConstant, // R(A) = K(C)
    LoadNil,      // R(A) .. R(A + B) = nil
    LoadTrue,     // R(A) = true
    LoadFalse,    // R(A) = false
    GetUpvalue,   // R(A) = U(B)
    SetUpvalue,   // U(B) = R(A)
    GetCell,      // R(A) = cell in R(B)
    SetCell,      // cell in R(A) = R(B)
    NewCell,      // R(A) = a new cell with R(A)
    GetGlobal,    // R(A) = environment[K(C)]
    SetGlobal,    // environment[K(C)] = R(A)
    GetField,     // R(A) = R(B)[K(C)], a string
    GetInteger,   // R(A) = R(B)[C]
    GetIndex,     // R(A) = R(B)[R(C)]
    SetField,     // R(A)[K(B)] = RK(C), a string key
    SetIndex,     // R(A)[R(B)] = RK(C)
    Self,         // R(A + 1) = R(B), R(A) = R(B)[K(C)]
    NewTable,     // R(A) = a table with room for B list items and C others
    SetList,      // R(A)[C + i] = R(A + i) for i in 1..B - 1 (B: n + 1)
    Add,          // R(A) = R(B) + R(C); the K forms take K(C)
    AddK,
    Subtract,
    SubtractK,
    Multiply,
    MultiplyK,
    Divide,
    DivideK,
    Modulo,
    ModuloK,
    Power,
    PowerK,
    Negate,       // R(A) = -R(B)
    Not,          // R(A) = not R(B)
    Length,       // R(A) = #R(B)
    Concat,       // R(A) = R(B) .. ... .. R(C)
    Jump,         // to C
    Loop,         // to C, backwards: counts
    JumpTrue,     // to C if R(A)
    JumpFalse,    // to C if not R(A)
    Equal,        // to C if R(A) == R(B); the K forms take K(B); the Not forms jump if it does not hold
    EqualK,
    NotEqual,
    NotEqualK,
    Less,         // to C if R(A) < R(B)
    NotLess,
    LessK,
    NotLessK,
    KLess,        // to C if K(B) < R(A)
    NotKLess,
    LessEqual,
    NotLessEqual,
    LessEqualK,
    NotLessEqualK,
    KLessEqual,
    NotKLessEqual,
    Call,         // R(A) .. = R(A)(R(A + 1) ..), B: arguments + 1, C: results + 1
    TailCall,     // the same as the last act of a function; a Return of all follows
    Return,       // R(A) .., B: n + 1
    ReturnNone,
    ReturnOne,    // R(A)
    ForPrepare,   // checks R(A) .. R(A + 2), to C if there is no first round, R(A + 3) = R(A)
    ForLoop,      // R(A) += R(A + 2); to C with R(A + 3) = R(A) unless past R(A + 1)
    ForCall,      // R(A + 3) .. R(A + 2 + B) = R(A)(R(A + 1), R(A + 2))
    ForIn,        // to C with R(A + 2) = R(A + 3) unless that is nil
    Closure,      // R(A) = a closure of function C
    Vararg,       // R(A) .. = ..., B: n + 1
}

/// <summary>Packs and unpacks instructions.</summary>
internal static class Instruction
{
    public const int MaxB = ushort.MaxValue;

    public static ulong Make(Op op, int a, int b, int c) =>
        (byte)op | ((ulong)(byte)a << 8) | ((ulong)(ushort)b << 16) | ((ulong)(uint)c << 32);

    public static Op Op(ulong instruction) => (Op)(byte)instruction;

    public static int A(ulong instruction) => (byte)(instruction >> 8);

    public static int B(ulong instruction) => (ushort)(instruction >> 16);

    public static int C(ulong instruction) => (int)(instruction >> 32);
}
