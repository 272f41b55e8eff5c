using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace RedisLite.Core.Tests.Architecture;

/// <summary>Which type of a compiled project needs which others of it.</summary>
/// <remarks>
/// Read from what the compiler wrote: base types, signatures, attributes, local variables and the instructions of every
/// method. A type nested in another, and what the compiler generates, count for the namespace of the outermost type. A
/// constant leaves no trace but the type of the parameter or the field that takes it, so enumerations among those
/// count.
/// </remarks>
internal sealed class TypeUses
{
    private static readonly Dictionary<int, OpCode> Instructions = typeof(OpCodes).GetFields()
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(instruction => (int)(ushort)instruction.Value);

    private readonly MetadataReader _metadata;
    private readonly PEReader _image;
    private readonly TypesInSignatures _types = new();
    private readonly HashSet<(TypeName User, TypeName Used)> _uses = [];

    private TypeUses(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
    }

    /// <summary>The pairs of types of which the first needs the second.</summary>
    public static IReadOnlyCollection<(TypeName User, TypeName Used)> Of(string assemblyPath)
    {
        using var image = new PEReader(File.OpenRead(assemblyPath));
        var uses = new TypeUses(image);
        foreach (var handle in uses._metadata.TypeDefinitions)
            uses.AddUsesOf(handle);
        return uses._uses;
    }

    private void AddUsesOf(TypeDefinitionHandle user)
    {
        var type = _metadata.GetTypeDefinition(user);
        Add(user, type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
            Add(user, _metadata.GetInterfaceImplementation(implemented).Interface);
        AddAttributes(user, type.GetCustomAttributes());
        AddConstraints(user, type.GetGenericParameters());
        foreach (var handle in type.GetFields())
        {
            var field = _metadata.GetFieldDefinition(handle);
            Add(user, field.DecodeSignature(_types, null));
            AddAttributes(user, field.GetCustomAttributes());
        }

        foreach (var handle in type.GetMethods())
            AddUsesOf(user, _metadata.GetMethodDefinition(handle));
    }

    private void AddUsesOf(TypeDefinitionHandle user, MethodDefinition method)
    {
        Add(user, method.DecodeSignature(_types, null));
        AddAttributes(user, method.GetCustomAttributes());
        AddConstraints(user, method.GetGenericParameters());
        if (method.RelativeVirtualAddress == 0)
            return;

        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        foreach (var region in body.ExceptionRegions.Where(region => !region.CatchType.IsNil))
            Add(user, region.CatchType);
        if (!body.LocalSignature.IsNil)
        {
            foreach (
                var types in _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_types, null))
                Add(user, types);
        }

        AddInstructions(user, body.GetILReader());
    }

    private void AddInstructions(TypeDefinitionHandle user, BlobReader code)
    {
        while (code.RemainingBytes > 0)
        {
            int value = code.ReadByte();
            if (value == 0xFE)
                value = (value << 8) | code.ReadByte();
            switch (Instructions[value].OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    code.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    code.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    code.Offset += 8;
                    break;
                case OperandType.InlineSwitch:
                    var targets = code.ReadInt32();
                    code.Offset += 4 * targets;
                    break;
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok
                    or OperandType.InlineType:
                    Add(user, MetadataTokens.EntityHandle(code.ReadInt32()));
                    break;
                default:
                    code.Offset += 4;
                    break;
            }
        }
    }

    private void AddAttributes(TypeDefinitionHandle user, CustomAttributeHandleCollection attributes)
    {
        foreach (var attribute in attributes)
            Add(user, _metadata.GetCustomAttribute(attribute).Constructor);
    }

    private void AddConstraints(TypeDefinitionHandle user, GenericParameterHandleCollection parameters)
    {
        foreach (var parameter in parameters)
            foreach (var constraint in _metadata.GetGenericParameter(parameter).GetConstraints())
                Add(user, _metadata.GetGenericParameterConstraint(constraint).Type);
    }

    private void Add(TypeDefinitionHandle user, EntityHandle used)
    {
        if (used.IsNil)
            return;
        switch (used.Kind)
        {
            case HandleKind.TypeDefinition:
                Add(user, (TypeDefinitionHandle)used);
                break;
            case HandleKind.TypeSpecification:
                Add(user, _metadata.GetTypeSpecification((TypeSpecificationHandle)used).DecodeSignature(_types, null));
                break;
            case HandleKind.FieldDefinition:
                var field = _metadata.GetFieldDefinition((FieldDefinitionHandle)used);
                Add(user, field.GetDeclaringType());
                AddEnumerations(user, field.DecodeSignature(_types, null));
                break;
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)used);
                Add(user, method.GetDeclaringType());
                AddEnumerations(
                    user, [.. method.DecodeSignature(_types, null).ParameterTypes.SelectMany(types => types)]);
                break;
            case HandleKind.MemberReference:
                Add(user, _metadata.GetMemberReference((MemberReferenceHandle)used).Parent);
                break;
            case HandleKind.MethodSpecification:
                var instance = _metadata.GetMethodSpecification((MethodSpecificationHandle)used);
                Add(user, instance.Method);
                foreach (var types in instance.DecodeSignature(_types, null))
                    Add(user, types);
                break;
            default:
                break;
        }
    }

    private void Add(TypeDefinitionHandle user, MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature)
    {
        Add(user, signature.ReturnType);
        foreach (var types in signature.ParameterTypes)
            Add(user, types);
    }

    private void Add(TypeDefinitionHandle user, ImmutableArray<TypeDefinitionHandle> used)
    {
        foreach (var handle in used)
            Add(user, handle);
    }

    private void AddEnumerations(TypeDefinitionHandle user, ImmutableArray<TypeDefinitionHandle> used)
    {
        foreach (var handle in used)
        {
            var parent = _metadata.GetTypeDefinition(handle).BaseType;
            if (parent.Kind == HandleKind.TypeReference
                && _metadata.StringComparer.Equals(
                    _metadata.GetTypeReference((TypeReferenceHandle)parent).Name, "Enum"))
                Add(user, handle);
        }
    }

    private void Add(TypeDefinitionHandle user, TypeDefinitionHandle used)
    {
        var pair = (User: Outermost(user), Used: Outermost(used));
        if (pair.User != pair.Used && pair.User.Namespace.Length != 0 && pair.Used.Namespace.Length != 0)
            _uses.Add(pair);
    }

    private TypeName Outermost(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        return new TypeName(_metadata.GetString(type.Namespace), _metadata.GetString(type.Name));
    }
}

/// <summary>A type, by what its source says.</summary>
internal readonly record struct TypeName(string Namespace, string Name);
