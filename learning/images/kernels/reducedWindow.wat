;; Reducing as `vips_reducev` and then `vips_reduceh` do it: weights in fixed point of 12 bits, bytes in between. See reducedWindow.ts
;; for the tables.
(module
  (import "env" "memory" (memory 1))

  ;; One row of $end bytes. Each of the pairs is two rows to weigh: where they begin, and two weights of 16 bits.
  (func (export "down") (param $pairs i32) (param $pairsEnd i32) (param $end i32) (param $to i32)
    (local $x i32) (local $pair i32) (local $top v128) (local $bottom v128) (local $weights v128) (local $both v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $x (i32.const 0))
    (loop $next
      (local.set $a (i32x4.splat (i32.const 2048)))
      (local.set $b (i32x4.splat (i32.const 2048)))
      (local.set $c (i32x4.splat (i32.const 2048)))
      (local.set $d (i32x4.splat (i32.const 2048)))
      (local.set $pair (local.get $pairs))
      (loop $taps
        (local.set $top (v128.load (i32.add (local.get $x) (i32.load (local.get $pair)))))
        (local.set $bottom (v128.load (i32.add (local.get $x) (i32.load offset=4 (local.get $pair)))))
        (local.set $weights (v128.load32_splat offset=8 (local.get $pair)))
        (local.set $both (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $top) (local.get $bottom)))
        (local.set $a
          (i32x4.add (local.get $a)
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $both)) (local.get $weights))))
        (local.set $b
          (i32x4.add (local.get $b)
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $both)) (local.get $weights))))
        (local.set $both (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $top) (local.get $bottom)))
        (local.set $c
          (i32x4.add (local.get $c)
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $both)) (local.get $weights))))
        (local.set $d
          (i32x4.add (local.get $d)
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $both)) (local.get $weights))))
        (local.set $pair (i32.add (local.get $pair) (i32.const 12)))
        (br_if $taps (i32.lt_s (local.get $pair) (local.get $pairsEnd))))
      (v128.store (i32.add (local.get $to) (local.get $x))
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $a) (i32.const 12)) (i32x4.shr_s (local.get $b) (i32.const 12)))
          (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $c) (i32.const 12)) (i32x4.shr_s (local.get $d) (i32.const 12)))))
      (local.set $x (i32.add (local.get $x) (i32.const 16)))
      (br_if $next (i32.lt_s (local.get $x) (local.get $end)))))

  ;; The pixels of one row, of three bytes each. A pixel has $weightBytes of weights, of 16 bits, for four neighbours at a time.
  (func (export "across")
    (param $from i32) (param $first i32) (param $firstEnd i32) (param $weight i32) (param $weightBytes i32) (param $to i32)
    (local $at i32) (local $weightEnd i32) (local $pixels v128) (local $sum v128)
    (loop $position
      (local.set $at (i32.add (local.get $from) (i32.load (local.get $first))))
      (local.set $weightEnd (i32.add (local.get $weight) (local.get $weightBytes)))
      (local.set $sum (i32x4.splat (i32.const 2048)))
      (loop $taps
        (local.set $pixels (v128.load (local.get $at)))
        ;; Two neighbours of each colour in 16 bits; an index beyond the vector gives zero.
        (local.set $sum
          (i32x4.add (local.get $sum)
            (i32x4.dot_i16x8_s
              (i8x16.swizzle (local.get $pixels) (v128.const i8x16 0 99 3 99 1 99 4 99 2 99 5 99 99 99 99 99))
              (v128.load32_splat (local.get $weight)))))
        (local.set $sum
          (i32x4.add (local.get $sum)
            (i32x4.dot_i16x8_s
              (i8x16.swizzle (local.get $pixels) (v128.const i8x16 6 99 9 99 7 99 10 99 8 99 11 99 99 99 99 99))
              (v128.load32_splat offset=4 (local.get $weight)))))
        (local.set $at (i32.add (local.get $at) (i32.const 12)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 8)))
        (br_if $taps (i32.lt_s (local.get $weight) (local.get $weightEnd))))
      (local.set $sum (i16x8.narrow_i32x4_s (i32x4.shr_s (local.get $sum) (i32.const 12)) (i32x4.shr_s (local.get $sum) (i32.const 12))))
      (i32.store (local.get $to) (i32x4.extract_lane 0 (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum))))
      (local.set $to (i32.add (local.get $to) (i32.const 3)))
      (local.set $first (i32.add (local.get $first) (i32.const 4)))
      (br_if $position (i32.lt_s (local.get $first) (local.get $firstEnd))))))
