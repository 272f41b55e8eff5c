using System.Buffers;
using System.Numerics;
using RedisLite.Lua.Machine;

namespace RedisLite.Lua.Libraries;

/// <summary><c>table.sort</c>: the original's quicksort, which defines what a script with an inconsistent order
/// sees.</summary>
/// <remarks>
/// Elements go through the table at each step, for the comparator may look at it. The smaller part is sorted by
/// recursion, the larger in the loop: depth stays logarithmic. Numbers and strings without a comparator are compared
/// here; all else through the machine.
/// </remarks>
internal readonly struct TableSort
{
    private readonly LuaCall _call;
    private readonly LuaTable _table;
    private readonly LuaValue _less;

    private TableSort(LuaCall call, LuaTable table, LuaValue less)
    {
        _call = call;
        _table = table;
        _less = less;
    }

    public static int Sort(LuaCall call)
    {
        var table = call.Table(1);
        if (!call[2].IsNil)
            call.Function(2);
        if (table.IsReadOnly && table.Length > 1)
            return call.Fail(MetaAccess.ReadOnly);
        if (call[2].IsNil && TrySortNumbers(call, table, table.Length))
            return 0;
        var depth = call.Thread.Depth;
        if (!call.Thread.TryPush(isHandlingError: false))
            return call.Fail("stack overflow");
        // Stands for the sort where its comparisons fail: those messages have no position.
        call.Thread.Frames[depth] = new CallFrame { Kind = FrameKind.Host };
        new TableSort(call, table, call[2]).SortRange(1, table.Length);
        call.Thread.Depth = depth;
        return 0;
    }

    /// <summary>Sorts a list of numbers alone, which have an order that nobody can tell from another one's.</summary>
    /// <returns>False when it is none: nothing was changed.</returns>
    private static bool TrySortNumbers(in LuaCall call, LuaTable table, int length)
    {
        if (length < 2 || length > table.Array.Length)
            return false;
        var values = table.Array.AsSpan(0, length);
        foreach (ref readonly var value in values)
        {
            if (value.O is not null || double.IsNaN(value.N))
                return false;
        }

        // The comparisons that it would have taken; a limit can end the script before it begins.
        for (var left = (long)length * BitOperations.Log2((uint)length); left > 0; left -= Budget.Slice)
            call.Tick((int)Math.Min(left, Budget.Slice));
        Budget.BeforeLargeAllocation(sizeof(double) * (long)length);
        var rented = ArrayPool<double>.Shared.Rent(length);
        var numbers = rented.AsSpan(0, length);
        for (var i = 0; i < length; i++)
            numbers[i] = values[i].N;
        numbers.Sort();
        for (var i = 0; i < length; i++)
            values[i].N = numbers[i];
        ArrayPool<double>.Shared.Return(rented);
        return true;
    }

    private void SortRange(int low, int high)
    {
        while (low < high)
        {
            if (IsLess(Get(high), Get(low)))
                Swap(low, high);
            if (high - low == 1)
                return;
            var middle = (int)(((long)low + high) / 2);
            if (IsLess(Get(middle), Get(low)))
                Swap(middle, low);
            else if (IsLess(Get(high), Get(middle)))
                Swap(middle, high);
            if (high - low == 2)
                return;
            var pivot = Get(middle);
            Swap(middle, high - 1);
            middle = Partition(low, high, pivot);
            if (middle - low < high - middle)
            {
                SortRange(low, middle - 1);
                low = middle + 1;
            }
            else
            {
                SortRange(middle + 1, high);
                high = middle - 1;
            }
        }
    }

    // The pivot is at high - 1; what is at low is not above it, what is at high not below.
    private int Partition(int low, int high, in LuaValue pivot)
    {
        var left = low;
        var right = high - 1;
        while (true)
        {
            while (IsLess(Get(++left), pivot))
            {
                if (left > high)
                    throw Invalid();
            }
            while (IsLess(pivot, Get(--right)))
            {
                if (right < low)
                    throw Invalid();
            }
            if (right < left)
                break;
            Swap(left, right);
        }
        Swap(high - 1, left);
        return left;
    }

    private LuaException Invalid()
    {
        _call.Thread.Depth--;
        return _call.Error("invalid order function for sorting");
    }

    private LuaValue Get(int index) => _table.FindInteger(index);

    private void Swap(int a, int b)
    {
        var value = Get(a);
        _table.SetInteger(a, Get(b));
        _table.SetInteger(b, value);
    }

    private bool IsLess(in LuaValue left, in LuaValue right)
    {
        var state = _call.State;
        Budget.Tick(state);
        if (_less.O != LuaValue.NilMark)
            return state.Thread.Stack[state.Call(_less, 1, left, right)].IsTruthy;
        return Operators.TryLess(state, left, right, out var holds)
            ? holds
            : throw new LuaException(state.Error, state.IsKilled);
    }
}
