namespace RedisLite.Protocol;

/// <summary>Where one argument of a request stands.</summary>
/// <param name="Offset">
/// At or above zero: the argument's first byte in the batch's input. Below zero: its complement (<c>~Offset</c>) is the
/// first byte in the batch's scratch space, where arguments stand whose quotes and escapes had to be undone; or, if the
/// length is below zero as well, the index of an argument that was received into memory of its own.
/// </param>
/// <param name="Length">In bytes; zero for an empty argument; the complement for one in memory of its own.</param>
public readonly record struct ArgumentSlice(int Offset, int Length);
