using System.Runtime.CompilerServices;

namespace RedisLite.Lua.Compiler;

/// <summary>Makes the code of expressions: into a register, as a jump, or as a list of values.</summary>
internal sealed class ExpressionCompiler(CodeBuilder code, FunctionCompiler function)
{
    private const int ListFlush = 50;

    private static readonly byte[] UnknownField = ConstantPool.Name("?");

    /// <summary>How messages call the value of an expression, if it has a name.</summary>
    public static (string Kind, byte[] Name)? NameOf(Expression expression) => expression switch
    {
        LocalExpression local => ("local", local.Variable.Name),
        UpvalueExpression upvalue => ("upvalue", upvalue.Name),
        GlobalExpression global => ("global", global.Name),
        IndexExpression { Key: ConstantExpression { Value.O: byte[] name } } => ("field", name),
        IndexExpression => ("field", UnknownField),
        ParenthesizedExpression parenthesized => NameOf(parenthesized.Inner),
        _ => null,
    };

    /// <summary>Whether its code writes the target before it has read all operands.</summary>
    public static bool WritesEarly(Expression expression) => expression switch
    {
        BinaryExpression { Operator: BinaryOperator.And or BinaryOperator.Or } => true,
        TableExpression => true,
        ParenthesizedExpression parenthesized => WritesEarly(parenthesized.Inner),
        _ => false,
    };

    /// <summary>The value in some register: a local's own, or the next free one.</summary>
    public int ToAnyRegister(Expression expression)
    {
        while (expression is ParenthesizedExpression parenthesized)
            expression = parenthesized.Inner;
        return expression is LocalExpression { Variable: { IsCaptured: false } variable }
            ? variable.Register
            : ToNextRegister(expression);
    }

    public int ToNextRegister(Expression expression)
    {
        while (expression is ParenthesizedExpression parenthesized)
            expression = parenthesized.Inner;
        if (expression is CallExpression call)
        {
            EmitCall(call);
            return code.Reserve();
        }
        var register = code.Reserve();
        To(expression, register);
        return register;
    }

    /// <summary>A register, or the complement of a constant's index.</summary>
    public int ToRegisterOrConstant(Expression expression) =>
        expression is ConstantExpression constant ? ~code.Constant(constant.Value) : ToAnyRegister(expression);

    /// <summary>The values of a list in the next registers, as many as wanted: cut, or filled with nil.</summary>
    public void ToRegisters(List<Expression> values, int wanted)
    {
        var first = code.Free;
        for (var index = 0; index < values.Count; index++)
        {
            if (index == values.Count - 1 && values[index].IsMulti && wanted > index)
            {
                EmitOpen(values[index], wanted - index + 1);
                code.Reserve(wanted - index);
                return;
            }
            ToNextRegister(values[index]);
            if (index >= wanted)
                code.ReleaseTo(first + wanted);
        }
        if (values.Count < wanted)
        {
            var missing = wanted - values.Count;
            code.Emit(Op.LoadNil, code.Reserve(missing), missing - 1);
        }
    }

    /// <summary>The values of a list in the next registers, all that the last one gives; true if that is
    /// open.</summary>
    public bool ToOpenRegisters(List<Expression> values)
    {
        for (var index = 0; index < values.Count; index++)
        {
            if (index == values.Count - 1 && values[index].IsMulti)
            {
                EmitOpen(values[index], 0);
                return true;
            }
            ToNextRegister(values[index]);
        }
        return false;
    }

    /// <summary>A call whose one result is in the first free register; returns the instruction, to change
    /// that.</summary>
    public int EmitCall(CallExpression call)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw function.TooComplex();
        var first = code.Free;
        var line = code.Line;
        if (call.Method is null)
        {
            ToNextRegister(call.Target);
        }
        else
        {
            var target = ToAnyRegister(call.Target);
            code.ReleaseTo(first);
            code.Reserve(2);
            code.Line = call.Line;
            var self = code.Emit(Op.Self, first, target, code.Constant(new LuaValue(call.Method)));
            code.Name(self, 1, NameOf(call.Target));
        }
        var isOpen = ToOpenRegisters(call.Arguments);
        var count = call.Arguments.Count + (call.Method is null ? 0 : 1);
        code.Line = call.Line;
        var at = code.Emit(Op.Call, first, isOpen ? 0 : count + 1, 2);
        code.Name(at, 0, call.Method is null ? NameOf(call.Target) : ("method", call.Method));
        code.Line = line;
        code.ReleaseTo(first);
        return at;
    }

    /// <summary>The value in a register, which the expression must not read if it <see cref="WritesEarly"/>.</summary>
    public void To(Expression expression, int target)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw function.TooComplex();
        var mark = code.Free;
        switch (expression)
        {
            case ConstantExpression constant:
                LoadConstant(constant.Value, target);
                break;
            case VarargExpression:
                code.Emit(Op.Vararg, target, 2);
                break;
            case FunctionExpression nested:
                code.Emit(Op.Closure, target, 0, function.AddFunction(nested.Body));
                break;
            case LocalExpression { Variable: var variable }:
                if (variable.IsCaptured || variable.Register != target)
                    code.Emit(variable.IsCaptured ? Op.GetCell : Op.Move, target, variable.Register);
                break;
            case UpvalueExpression upvalue:
                code.Emit(Op.GetUpvalue, target, upvalue.Index);
                break;
            case GlobalExpression global:
                code.Emit(Op.GetGlobal, target, 0, code.Constant(new LuaValue(global.Name)));
                break;
            case IndexExpression index:
                IndexTo(index, target);
                break;
            case CallExpression call:
                EmitCall(call);
                code.Emit(Op.Move, target, mark);
                code.Reserve();
                break;
            case BinaryExpression binary:
                BinaryTo(binary, target);
                break;
            case UnaryExpression unary:
                UnaryTo(unary, target);
                break;
            case ParenthesizedExpression parenthesized:
                To(parenthesized.Inner, target);
                break;
            case TableExpression table:
                TableTo(table, target);
                break;
        }
        code.ReleaseTo(mark);
    }

    /// <summary>Jumps if the truth of the expression is <paramref name="when"/>; else goes on.</summary>
    public void JumpIf(Expression expression, bool when, List<int> jumps)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw function.TooComplex();
        switch (expression)
        {
            case ParenthesizedExpression parenthesized:
                JumpIf(parenthesized.Inner, when, jumps);
                break;
            case ConstantExpression constant:
                if (constant.Value.IsTruthy == when)
                    jumps.Add(code.Emit(Op.Jump));
                break;
            case UnaryExpression { Operator: UnaryOperator.Not } not:
                JumpIf(not.Operand, !when, jumps);
                break;
            case BinaryExpression { Operator: BinaryOperator.And or BinaryOperator.Or } logical:
                JumpIfLogical(logical, when, jumps);
                break;
            case BinaryExpression
            {
                Operator: >= BinaryOperator.NotEqual
                and <= BinaryOperator.GreaterEqual
            } comparison:
                JumpIfCompared(comparison, when, jumps);
                break;
            default:
                var mark = code.Free;
                var register = ToAnyRegister(expression);
                jumps.Add(code.Emit(when ? Op.JumpTrue : Op.JumpFalse, register));
                code.ReleaseTo(mark);
                break;
        }
    }

    private void EmitOpen(Expression multi, int results)
    {
        if (multi is CallExpression call)
            code.SetResults(EmitCall(call), results);
        else
            code.Emit(Op.Vararg, code.Free, results);
    }

    private void LoadConstant(in LuaValue value, int target)
    {
        if (value.O == LuaValue.NilMark)
            code.Emit(Op.LoadNil, target);
        else if (value.O == LuaValue.TrueMark || value.O == LuaValue.FalseMark)
            code.Emit(value.IsTruthy ? Op.LoadTrue : Op.LoadFalse, target);
        else
            code.Emit(Op.LoadConstant, target, 0, code.Constant(value));
    }

    private void IndexTo(IndexExpression index, int target)
    {
        var table = ToAnyRegister(index.Target);
        var line = code.Line;
        int at;
        if (index.Key is ConstantExpression { Value: { IsString: true } text })
        {
            code.Line = index.Line;
            at = code.Emit(Op.GetField, target, table, code.Constant(text));
        }
        else if (index.Key is ConstantExpression { Value: { O: null, N: >= 1 and <= int.MaxValue } number } &&
            number.N == (int)number.N)
        {
            code.Line = index.Line;
            at = code.Emit(Op.GetInteger, target, table, (int)number.N);
        }
        else
        {
            var key = ToAnyRegister(index.Key);
            code.Line = index.Line;
            at = code.Emit(Op.GetIndex, target, table, key);
        }
        code.Name(at, 1, NameOf(index.Target));
        code.Line = line;
    }

    private void UnaryTo(UnaryExpression unary, int target)
    {
        var operand = ToAnyRegister(unary.Operand);
        var op = unary.Operator switch
        {
            UnaryOperator.Negate => Op.Negate,
            UnaryOperator.Not => Op.Not,
            _ => Op.Length,
        };
        var line = code.Line;
        code.Line = unary.Line;
        var at = code.Emit(op, target, operand);
        code.Name(at, 1, NameOf(unary.Operand));
        code.Line = line;
    }

    private void BinaryTo(BinaryExpression binary, int target)
    {
        switch (binary.Operator)
        {
            case <= BinaryOperator.Power:
                ArithmeticTo(binary, target);
                break;
            case BinaryOperator.Concat:
                ConcatTo(binary, target);
                break;
            case BinaryOperator.And or BinaryOperator.Or:
                To(binary.Left, target);
                var skip = code.Emit(binary.Operator == BinaryOperator.And ? Op.JumpFalse : Op.JumpTrue, target);
                To(binary.Right, target);
                code.PatchTarget(skip, code.Position);
                break;
            default:
                var whenTrue = new List<int>();
                JumpIf(binary, true, whenTrue);
                code.Emit(Op.LoadFalse, target);
                var end = code.Emit(Op.Jump);
                code.PatchHere(whenTrue);
                code.Emit(Op.LoadTrue, target);
                code.PatchTarget(end, code.Position);
                break;
        }
    }

    private void ArithmeticTo(BinaryExpression binary, int target)
    {
        var left = ToAnyRegister(binary.Left);
        var op = (Op)((int)Op.Add + (2 * (int)binary.Operator));
        var isConstant = binary.Right is ConstantExpression { Value.IsNumber: true };
        var right = isConstant
            ? code.Constant(((ConstantExpression)binary.Right).Value)
            : ToAnyRegister(binary.Right);
        var line = code.Line;
        code.Line = binary.Line;
        var at = code.Emit(isConstant ? op + 1 : op, target, left, right);
        code.Name(at, 1, NameOf(binary.Left));
        code.Name(at, 2, isConstant ? null : NameOf(binary.Right));
        code.Line = line;
    }

    private void ConcatTo(BinaryExpression binary, int target)
    {
        var names = new List<(string, byte[])?> { NameOf(binary.Left) };
        var first = ToNextRegister(binary.Left);
        var last = binary.Right;
        while (last is BinaryExpression { Operator: BinaryOperator.Concat } more)
        {
            names.Add(NameOf(more.Left));
            ToNextRegister(more.Left);
            last = more.Right;
        }
        names.Add(NameOf(last));
        var end = ToNextRegister(last);
        var line = code.Line;
        code.Line = binary.Line;
        var at = code.Emit(Op.Concat, target, first, end);
        for (var index = 0; index < names.Count; index++)
            code.Name(at, index, names[index]);
        code.Line = line;
    }

    private void JumpIfLogical(BinaryExpression logical, bool when, List<int> jumps)
    {
        if (logical.Operator == BinaryOperator.Or == when)
        {
            JumpIf(logical.Left, when, jumps);
            JumpIf(logical.Right, when, jumps);
            return;
        }
        var skips = new List<int>();
        JumpIf(logical.Left, !when, skips);
        JumpIf(logical.Right, when, jumps);
        code.PatchHere(skips);
    }

    private void JumpIfCompared(BinaryExpression comparison, bool when, List<int> jumps)
    {
        var mark = code.Free;
        var left = ToOperand(comparison.Left, out var leftIsConstant, comparison.Operator);
        var right = ToOperand(comparison.Right, out var rightIsConstant, comparison.Operator, leftIsConstant);
        var line = code.Line;
        code.Line = comparison.Line;
        if (comparison.Operator is BinaryOperator.Equal or BinaryOperator.NotEqual)
        {
            if (leftIsConstant)
                (left, right) = (right, left);
            var op = comparison.Operator == BinaryOperator.Equal == when ? Op.Equal : Op.NotEqual;
            jumps.Add(code.Emit(leftIsConstant || rightIsConstant ? op + 1 : op, left, right));
        }
        else
        {
            jumps.Add(EmitOrdered(comparison.Operator, when, (left, leftIsConstant), (right, rightIsConstant)));
        }
        code.Line = line;
        code.ReleaseTo(mark);
    }

    private int EmitOrdered(
        BinaryOperator op, bool when, (int At, bool IsConstant) left, (int At, bool IsConstant) right)
    {
        if (op is BinaryOperator.Greater or BinaryOperator.GreaterEqual)
            (left, right) = (right, left);
        var ordered = op is BinaryOperator.Less or BinaryOperator.Greater ? Op.Less : Op.LessEqual;
        if (!when)
            ordered++;
        if (right.IsConstant)
            return code.Emit(ordered + 2, left.At, right.At);
        return left.IsConstant ? code.Emit(ordered + 4, right.At, left.At) : code.Emit(ordered, left.At, right.At);
    }

    // A constant that the fused comparison can name, else a register. Ordered comparisons name numbers only.
    private int ToOperand(Expression operand, out bool isConstant, BinaryOperator op, bool otherIsConstant = false)
    {
        isConstant = false;
        var isEquality = op is BinaryOperator.Equal or BinaryOperator.NotEqual;
        if (!otherIsConstant && operand is ConstantExpression constant && (isEquality || constant.Value.IsNumber))
        {
            var index = code.Constant(constant.Value);
            isConstant = index <= Instruction.MaxB;
            if (isConstant)
                return index;
        }
        return ToAnyRegister(operand);
    }

    private void TableTo(TableExpression table, int target)
    {
        var register = target == code.Free - 1 ? target : code.Reserve();
        var listCount = table.Items.Count(item => item.Key is null);
        code.Emit(Op.NewTable, register, Math.Min(listCount, Instruction.MaxB), table.Items.Count - listCount);
        var flushed = 0;
        var pending = 0;
        for (var index = 0; index < table.Items.Count; index++)
        {
            var (key, value) = table.Items[index];
            if (key is not null)
            {
                SetItem(register, key, value);
            }
            else if (index == table.Items.Count - 1 && value.IsMulti)
            {
                EmitOpen(value, 0);
                code.Emit(Op.SetList, register, 0, flushed);
                pending = 0;
            }
            else
            {
                ToNextRegister(value);
                if (++pending == ListFlush)
                    Flush(register, ref flushed, ref pending);
            }
        }
        Flush(register, ref flushed, ref pending);
        if (register != target)
            code.Emit(Op.Move, target, register);
    }

    private void Flush(int register, ref int flushed, ref int pending)
    {
        if (pending > 0)
            code.Emit(Op.SetList, register, pending + 1, flushed);
        flushed += pending;
        pending = 0;
        code.ReleaseTo(register + 1);
    }

    private void SetItem(int register, Expression key, Expression value)
    {
        var mark = code.Free;
        if (key is ConstantExpression { Value: { IsString: true } text } &&
            code.Constant(text) is var constant and <= Instruction.MaxB)
        {
            code.Emit(Op.SetField, register, constant, ToRegisterOrConstant(value));
        }
        else
        {
            var keyRegister = ToAnyRegister(key);
            code.Emit(Op.SetIndex, register, keyRegister, ToRegisterOrConstant(value));
        }
        code.ReleaseTo(mark);
    }
}
