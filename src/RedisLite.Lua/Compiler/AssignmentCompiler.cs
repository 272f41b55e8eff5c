namespace RedisLite.Lua.Compiler;

/// <summary>Assignments: the places are evaluated first, then the values, then the stores run from right to
/// left.</summary>
internal sealed class AssignmentCompiler(CodeBuilder code, ExpressionCompiler expressions)
{
    public void Compile(AssignStatement statement)
    {
        var mark = code.Free;
        if (statement.Targets.Count == 1 && statement.Values.Count == 1)
            CompileSingle(statement.Targets[0], statement.Values[0]);
        else
            CompileMany(statement);
        code.ReleaseTo(mark);
    }

    private void CompileSingle(Expression target, Expression value)
    {
        switch (target)
        {
            case LocalExpression { Variable.IsCaptured: false } local:
                if (ExpressionCompiler.WritesEarly(value))
                    code.Emit(Op.Move, local.Variable.Register, expressions.ToNextRegister(value));
                else
                    expressions.To(value, local.Variable.Register);
                break;
            case IndexExpression index:
                var place = Evaluate(index, []);
                StoreIndexed(place, expressions.ToRegisterOrConstant(value));
                break;
            default:
                Store(target, expressions.ToAnyRegister(value));
                break;
        }
    }

    private void CompileMany(AssignStatement statement)
    {
        var assigned = statement.Targets.OfType<LocalExpression>().Select(target => target.Variable).ToHashSet();
        var places = statement.Targets.Select(target => target is IndexExpression index
            ? Evaluate(index, assigned) : default)
            .ToArray();
        var first = code.Free;
        expressions.ToRegisters(statement.Values, statement.Targets.Count);
        for (var index = statement.Targets.Count - 1; index >= 0; index--)
        {
            if (statement.Targets[index] is IndexExpression)
                StoreIndexed(places[index], first + index);
            else
                Store(statement.Targets[index], first + index);
        }
    }

    private void Store(Expression target, int value)
    {
        switch (target)
        {
            case LocalExpression { Variable: var variable }:
                code.Emit(variable.IsCaptured ? Op.SetCell : Op.Move, variable.Register, value);
                break;
            case UpvalueExpression upvalue:
                code.Emit(Op.SetUpvalue, value, upvalue.Index);
                break;
            case GlobalExpression global:
                code.Emit(Op.SetGlobal, value, 0, code.Constant(new LuaValue(global.Name)));
                break;
        }
    }

    private void StoreIndexed(in Place place, int value)
    {
        var line = code.Line;
        code.Line = place.Line;
        var at = place.IsField
            ? code.Emit(Op.SetField, place.Table, place.Key, value)
            : code.Emit(Op.SetIndex, place.Table, place.Key, value);
        code.Name(at, 1, place.Name);
        code.Line = line;
    }

    // A local that this statement assigns to is copied: the table and the key are those of before.
    private Place Evaluate(IndexExpression index, HashSet<LocalVariable> assigned)
    {
        var table = ToStableRegister(index.Target, assigned);
        var name = ExpressionCompiler.NameOf(index.Target);
        if (index.Key is ConstantExpression { Value.IsString: true } key)
        {
            var constant = code.Constant(key.Value);
            if (constant <= Instruction.MaxB)
                return new Place(table, constant, true, index.Line, name);
        }
        return new Place(table, ToStableRegister(index.Key, assigned), false, index.Line, name);
    }

    private int ToStableRegister(Expression expression, HashSet<LocalVariable> assigned) =>
        expression is LocalExpression local && assigned.Contains(local.Variable)
            ? expressions.ToNextRegister(expression)
            : expressions.ToAnyRegister(expression);

    private readonly record struct Place(int Table, int Key, bool IsField, int Line, (string, byte[])? Name);
}
